import { Draw } from '../soak/draw.js';

/** What decides every case. The same number gives the same cases on every machine. */
export const SEED = Number(process.env['FUZZ_SEED'] ?? 4_1125);

/** Mutated manifests; the other kinds of cases follow in proportion. A long run: FUZZ_RUNS=100000. */
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 5000);

/** Longest time for a short input to be judged. Far above what it takes, since other tests run beside this one. */
export const ANSWER_MS = 5000;

/** One kind of case: how many of them there are, and the chance that makes each. */
export interface Cases {
  readonly count: number;
  /** The chance of one case. Any case can be made again by itself. */
  draw(index: number): Draw;
}

/** The cases of one test; their number and the seed are printed, so that a failed run can be repeated. */
export function casesOf(test: string, per100Manifests: number): Cases {
  const count = Math.max(1, Math.round((RUNS * per100Manifests) / 100));
  const salt = [...test].reduce((sum, letter) => Math.imul(sum, 31) + letter.charCodeAt(0), 7);
  console.log(`${test}: FUZZ_SEED=${SEED}, ${count} cases`);
  return { count, draw: (index) => new Draw((SEED ^ salt) >>> 0, index) };
}
