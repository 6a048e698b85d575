import type { Footprint } from './footprint.js';

/** Memory may grow by so much between the first and the last quarter of what follows the warm-up. */
export const MEMORY_TOLERANCE_MIB = 10;
/** The part of the run in which the service compiles its code and makes room for its work. */
const WARM_UP = 0.25;
/** Sockets of clients that have just gone. */
const DESCRIPTOR_TOLERANCE = 2;

/** The service between two rounds, when only the neighbours are there. */
export interface Sample {
  readonly minutes: number;
  /** Acts so far. */
  readonly acts: number;
  readonly rssMib: number;
  readonly descriptors: number;
  readonly threads: number;
  readonly processes: number;
  readonly segments: number;
  readonly roots: number;
}

export function toSample(minutes: number, acts: number, footprint: Footprint): Sample {
  const { rssBytes, descriptors, threads, processes, segments, roots } = footprint;
  return {
    minutes: round(minutes),
    acts,
    rssMib: round(rssBytes / 2 ** 20),
    descriptors,
    threads,
    processes: processes.length,
    segments: segments.length,
    roots: roots.length,
  };
}

/** What of a run is not flat; the first sample is from before it. */
export function growthIn(samples: readonly Sample[]): string[] {
  const [before, ...during] = samples;
  const after = during.at(-1);
  if (before === undefined || after === undefined) return ['nothing was measured'];
  const problems: string[] = [];
  for (const sample of during) {
    for (const name of ['processes', 'segments', 'roots'] as const) {
      if (sample[name] === before[name]) continue;
      problems.push(`${name}: ${sample[name]} after ${sample.acts} acts, ${before[name]} at the start`);
    }
  }
  if (after.descriptors > before.descriptors + DESCRIPTOR_TOLERANCE)
    problems.push(`descriptors: ${before.descriptors} at the start, ${after.descriptors} at the end`);
  const grownMib = memoryGrowthMib(samples);
  if (grownMib > MEMORY_TOLERANCE_MIB) problems.push(`memory: ${grownMib} MiB more (allowed ${MEMORY_TOLERANCE_MIB})`);
  return problems;
}

/** How much more memory the service has in the last quarter than in the first, each by its median; the warm-up is left out. */
export function memoryGrowthMib(samples: readonly Sample[]): number {
  const settled = samples.slice(Math.ceil(samples.length * WARM_UP));
  const quarter = Math.max(1, Math.floor(settled.length / 4));
  return round(median(settled.slice(-quarter)) - median(settled.slice(0, quarter)));
}

function median(samples: readonly Sample[]): number {
  const sorted = samples.map(({ rssMib }) => rssMib).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
