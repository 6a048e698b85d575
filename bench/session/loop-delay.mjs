// How long the event loop was late, which is how long something held the main thread.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';

const RESOLUTION_MS = 1;
const IDLE_MS = 1000;

/** @typedef {{ p99Ms: number, maxMs: number }} Delay */

/**
 * The histogram holds the time between two ticks of a timer, so an idle loop shows its own resolution, and the machine's
 * noise. Its median is the baseline that `measure` takes off.
 */
export class LoopDelay {
  #baselineMs;
  /** What the idle loop showed, the baseline taken off. @type {Delay} */
  idle;

  /** @param {import('node:perf_hooks').IntervalHistogram} histogram */
  constructor(histogram) {
    this.#baselineMs = histogram.percentile(50) / 1e6;
    this.idle = this.#read(histogram);
  }

  static async calibrate() {
    const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    histogram.enable();
    await pause(IDLE_MS);
    histogram.disable();
    return new LoopDelay(histogram);
  }

  /** The delay while `work` runs, which must leave the loop free where it waits. @param {() => Promise<void>} work @returns {Promise<Delay>} */
  async measure(work) {
    const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    histogram.enable();
    await work();
    histogram.disable();
    return this.#read(histogram);
  }

  /** @param {import('node:perf_hooks').IntervalHistogram} histogram @returns {Delay} */
  #read(histogram) {
    const late = (/** @type {number} */ ns) => Math.max(0, ns / 1e6 - this.#baselineMs);
    return { p99Ms: late(histogram.percentile(99)), maxMs: late(histogram.max) };
  }
}
