import { writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { seedOf } from '../channel/random.js';
import { memoryToleranceMib, type Sample } from './samples.js';
import { soak } from './soak.js';

/** The short form; `npm run soak -- --minutes 60` sets it. */
const MINUTES = Number(process.env['SOAK_MINUTES'] ?? 1.25);
/** Where the whole report goes as JSON; unset: nowhere. */
const REPORT = process.env['SOAK_REPORT'];
/** How often a line is printed. */
const PRINT_EVERY_MINUTES = Math.max(0.25, MINUTES / 60);

function show({ minutes, acts, rssMib, descriptors, threads, processes, segments }: Sample): void {
  const machine = `${descriptors} descriptors, ${threads} threads, ${processes} processes, ${segments} segments`;
  console.log(`soak: ${minutes.toFixed(1)} min, ${acts} acts: ${rssMib.toFixed(1)} MiB, ${machine}`);
}

it(`sessions open, stream, crash and disconnect at random for ${MINUTES} min, and the service stays as it was`, {
  timeout: 240_000 + MINUTES * 120_000,
  retry: 0,
}, async () => {
  let printed = 0;
  const report = await soak({
    minutes: MINUTES,
    seed: seedOf('soak'),
    onSample: (sample) => {
      if (sample.minutes < printed + PRINT_EVERY_MINUTES) return;
      printed = sample.minutes;
      show(sample);
    },
  });
  if (REPORT !== undefined) await writeFile(REPORT, JSON.stringify(report));
  const { sessions, acts, neighbours, latencyMs, loop, rescues, memoryGrowthMib, problems } = report;
  console.log(
    [
      `soak of ${report.minutes.toFixed(1)} min, seed ${report.seed}: ${acts} acts, ${sessions} sessions, ${problems.length} problems`,
      ...neighbours.map(({ name, sent, received }) => `  neighbour ${name}: ${received} of ${sent} messages back`),
      `  neighbours' latency p50 / p99 / max: ${latencyMs.join(' / ')} ms`,
      `  memory: ${memoryGrowthMib} MiB more in the last quarter than in the first (allowed ${memoryToleranceMib(report.samples)})`,
      `  event loop late by: p99 ${loop.p99Ms.toFixed(1)}, max ${loop.maxMs.toFixed(1)} ms; rescues: ${rescues}`,
      ...problems.map((problem) => `  PROBLEM ${problem}`),
    ].join('\n'),
  );
  expect(problems).toEqual([]);
});
