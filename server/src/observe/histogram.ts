/**
 * A histogram of durations, cheap enough for every message: one multiplication, one count of leading zeros, one increment.
 *
 * Buckets are logarithmic, eight per doubling, from 1 µs to over an hour: a quantile is at most 12.5 % too high.
 */

const STEP_BITS = 3;
const STEPS = 1 << STEP_BITS;
/** 2^32 µs is a little over 71 minutes; longer durations count in the last bucket. */
const MAX_MICROS = 0xffff_ffff;
const BUCKETS = bucketOf(MAX_MICROS) + 1;

export interface HistogramSnapshot {
  count: number;
  sumMs: number;
  maxMs: number;
  p50Ms: number;
  p99Ms: number;
}

export class Histogram {
  readonly #counts = new Uint32Array(BUCKETS);
  #count = 0;
  #sumMs = 0;
  #maxMs = 0;

  /** Adds one duration; a negative one (two clocks that disagree) counts as zero. */
  record(durationMs: number): void {
    const ms = Math.max(durationMs, 0);
    const bucket = bucketOf(Math.min(Math.floor(ms * 1000), MAX_MICROS));
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#count += 1;
    this.#sumMs += ms;
    if (ms > this.#maxMs) this.#maxMs = ms;
  }

  get count(): number {
    return this.#count;
  }

  /**
   * The duration that `fraction` (0..1) of all recorded ones do not exceed, in milliseconds; 0 when nothing was recorded.
   */
  quantile(fraction: number): number {
    const rank = Math.max(1, Math.ceil(this.#count * fraction));
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      seen += this.#counts[bucket] ?? 0;
      if (seen >= rank) return Math.min(upperMicros(bucket) / 1000, this.#maxMs);
    }
    return 0;
  }

  snapshot(): HistogramSnapshot {
    return {
      count: this.#count,
      sumMs: this.#sumMs,
      maxMs: this.#maxMs,
      p50Ms: this.quantile(0.5),
      p99Ms: this.quantile(0.99),
    };
  }
}

/** Values below 2·STEPS have a bucket each; above, the leading STEP_BITS + 1 bits choose it. */
function bucketOf(micros: number): number {
  if (micros < 2 * STEPS) return micros;
  const shift = 31 - Math.clz32(micros) - STEP_BITS;
  return shift * STEPS + (micros >>> shift);
}

/** The smallest number of microseconds that is above the bucket. */
function upperMicros(bucket: number): number {
  if (bucket < 2 * STEPS) return bucket + 1;
  const shift = Math.floor(bucket / STEPS) - 1;
  return (bucket - shift * STEPS + 1) * 2 ** shift;
}
