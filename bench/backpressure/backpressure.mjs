// A fast client before a slow node: with backpressure nothing is lost and memory stays where it was; without, every message that
// gave way is counted.
import { availableParallelism, cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { ServiceProcess } from '../service.mjs';
import { flood, mib } from './flood.mjs';
import { verdicts } from './goals.mjs';

const NODES = fileURLToPath(new URL('nodes', import.meta.url));
const MESSAGES = 100_000;
const DELAY_MS = 10;
const PROGRESS_EVERY = 10;

/** @param {import('../main.mjs').BenchOptions} options */
export async function run({ json, quick, messages }) {
  const waiting = messages ?? (quick ? MESSAGES / 10 : MESSAGES);
  const minutes = Math.ceil((waiting * DELAY_MS) / 60_000);
  process.stderr.write(`${waiting} messages with backpressure, about ${minutes} min; then ${MESSAGES} without\n`);
  const floods = [
    await floodNewService({ backpressure: true, messages: waiting, delayMs: DELAY_MS, onProgress: progress(waiting) }),
    await floodNewService({
      backpressure: false,
      messages: MESSAGES,
      delayMs: DELAY_MS,
      onProgress: () => undefined,
    }),
  ];
  const machine = { cpu: cpus()[0]?.model ?? 'unknown', cores: availableParallelism(), node: process.version };
  const goals = floods.flatMap((each) =>
    verdicts(each).map((verdict) => ({ backpressure: each.backpressure, ...verdict })),
  );
  if (json) console.log(JSON.stringify({ bench: 'backpressure', machine, floods, goals }));
  else print(floods, goals);
}

/** Each begins with a service that has done nothing yet. @param {Parameters<typeof flood>[1]} options */
async function floodNewService(options) {
  const service = await ServiceProcess.start([NODES]);
  try {
    return await flood(service, options);
  } finally {
    await service.stop();
  }
}

/** @param {number} messages */
function progress(messages) {
  let samples = 0;
  return (/** @type {number} */ done, /** @type {number} */ grownBytes) => {
    samples += 1;
    if (samples % PROGRESS_EVERY !== 0) return;
    process.stderr.write(`${done} of ${messages}, memory ${mib(grownBytes).toFixed(1)} MiB above its start\n`);
  };
}

/**
 * @param {import('./flood.mjs').Flood[]} floods
 * @param {(import('./goals.mjs').Verdict & { backpressure: boolean })[]} goals
 */
function print(floods, goals) {
  for (const { backpressure, seconds, writtenIn, connections } of floods) {
    console.log(
      `\nbackpressure ${backpressure ? 'on' : 'off'}: ${seconds.toFixed(1)} s, written in ${writtenIn.toFixed(1)} s`,
    );
    for (const { from, to, sent, received, dropped } of connections) {
      if (sent === 0) continue;
      const way = `${from || 'client'} → ${to || 'client'}`;
      console.log(`  ${way.padEnd(18)}${sent} sent, ${received} received, ${dropped} dropped`);
    }
    for (const { goal, value, met } of goals.filter((each) => each.backpressure === backpressure)) {
      console.log(`  ${met ? 'met   ' : 'MISSED'} ${goal}: ${value}`);
    }
  }
}
