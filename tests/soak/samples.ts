import type { Footprint } from './footprint.js';

/** Memory may grow by so much between the first and the last quarter of what follows the warm-up. */
const MEMORY_TOLERANCE_MIB = 10;
/** Over a few minutes nobody can tell what leaks from what will be collected: `tests/promises` counts that by the session. */
const SHORT_RUN = { minutes: 10, toleranceMib: 25 };
/** The part of the run in which the service compiles its code and makes room for its work; at least so many acts. */
const WARM_UP = 0.25;
const WARM_UP_ACTS = 240;
/** A run shorter than this says nothing about what grows. */
export const LEAST_ACTS = 2 * WARM_UP_ACTS;
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
  if (before === undefined || during.length === 0) return ['nothing was measured'];
  const problems: string[] = [];
  for (const sample of during) {
    for (const name of ['processes', 'segments', 'roots'] as const) {
      if (sample[name] === before[name]) continue;
      problems.push(`${name}: ${sample[name]} after ${sample.acts} acts, ${before[name]} at the start`);
    }
  }
  const descriptors = growth(samples, (sample) => sample.descriptors);
  if (descriptors > DESCRIPTOR_TOLERANCE) problems.push(`descriptors: ${descriptors} more`);
  const grownMib = memoryGrowthMib(samples);
  const allowedMib = memoryToleranceMib(samples);
  if (grownMib > allowedMib) problems.push(`memory: ${grownMib} MiB more (allowed ${allowedMib})`);
  return problems;
}

/** How much more memory the service has in the last quarter than in the first, each by its median; the warm-up is left out. */
export function memoryGrowthMib(samples: readonly Sample[]): number {
  return growth(samples, ({ rssMib }) => rssMib);
}

/** How much it may be more. */
export function memoryToleranceMib(samples: readonly Sample[]): number {
  const { minutes = 0 } = samples.at(-1) ?? {};
  return minutes < SHORT_RUN.minutes ? SHORT_RUN.toleranceMib : MEMORY_TOLERANCE_MIB;
}

function growth(samples: readonly Sample[], of: (sample: Sample) => number): number {
  const early = Math.ceil(samples.length * WARM_UP);
  const settled = samples.filter(({ acts }, index) => index >= early && acts >= WARM_UP_ACTS).map(of);
  const quarter = Math.max(1, Math.floor(settled.length / 4));
  return round(median(settled.slice(-quarter)) - median(settled.slice(0, quarter)));
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
