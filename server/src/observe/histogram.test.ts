import { describe, expect, it } from 'vitest';
import { Histogram } from './histogram.js';

describe('Histogram', () => {
  it('is empty at first', () => {
    expect(new Histogram().snapshot()).toEqual({ count: 0, sumMs: 0, maxMs: 0, p50Ms: 0, p99Ms: 0 });
  });

  it('gives quantiles that are never too low and at most an eighth too high', () => {
    const histogram = new Histogram();
    const durations = Array.from({ length: 10_000 }, (_, index) => 0.02 * 1.001 ** index);
    for (const duration of durations) histogram.record(duration);
    for (const fraction of [0.01, 0.25, 0.5, 0.9, 0.99, 1]) {
      const exact = durations[Math.ceil(durations.length * fraction) - 1] ?? 0;
      expect(histogram.quantile(fraction)).toBeGreaterThanOrEqual(exact);
      expect(histogram.quantile(fraction)).toBeLessThanOrEqual(exact * 1.125 + 0.001);
    }
  });

  it('takes what lies outside its range without losing count', () => {
    const histogram = new Histogram();
    histogram.record(-1);
    histogram.record(1e12);
    expect(histogram.count).toBe(2);
    expect(histogram.snapshot().maxMs).toBe(1e12);
  });
});
