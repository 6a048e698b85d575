import type { Outgoing } from './ends.js';

/** Numbers from 0 to below 1 that a seed decides (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A new one for each run, printed so that a failed run can be repeated: `RM_TEST_SEED=… npm test -- vitest`. */
export function seedOf(test: string): number {
  const given = process.env['RM_TEST_SEED'];
  const seed = given === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(given);
  console.log(`${test}: seed ${seed}`);
  return seed;
}

const POOL_BYTES = 1024 * 1024;
/** The longest payload of the small lane. */
export const SMALL_BYTES = 64 * 1024;
const LARGE_BYTES = 512 * 1024;

export interface Mixture {
  readonly seed: number;
  readonly count: number;
  /** Every how manieth message goes by the large lane. */
  readonly largeEvery: number;
}

/** Messages of all kinds, up to 64 KiB spread logarithmically, with larger ones between them. */
export function* messages({ seed, count, largeEvery }: Mixture): Generator<Outgoing> {
  const random = seededRandom(seed);
  const pool = Buffer.from(Uint32Array.from({ length: POOL_BYTES / 4 }, () => random() * 2 ** 32).buffer);
  for (let sequence = 0; sequence < count; sequence += 1) {
    const isLarge = sequence % largeEvery === 1;
    const size = isLarge
      ? SMALL_BYTES + 1 + Math.floor(random() * (LARGE_BYTES - SMALL_BYTES))
      : Math.floor(2 ** (random() * 16)) - 1;
    const start = Math.floor(random() * (POOL_BYTES - size));
    yield {
      kind: 1 + (sequence % 10),
      sequence: sequence * 3,
      timestampUs: sequence * 20_000,
      body: pool.subarray(start, start + size),
      meta: pool.subarray(start, start + Math.floor(random() * 40)),
    };
  }
}
