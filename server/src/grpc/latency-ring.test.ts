import { describe, expect, it } from 'vitest';
import { LatencyRing } from './latency-ring.js';

describe('LatencyRing', () => {
  it('knows how long ago a chunk came in', () => {
    const ring = new LatencyRing();
    ring.start(5);
    expect(ring.elapsedMs(5)).toBeGreaterThanOrEqual(0);
    expect(ring.elapsedMs(6)).toBe(0);
  });

  it('forgets a chunk when a later one needs its place', () => {
    const ring = new LatencyRing();
    ring.start(1);
    ring.start(1 + 4096);
    expect(ring.elapsedMs(1)).toBe(0);
  });

  it('takes any sequence that there can be', () => {
    const ring = new LatencyRing();
    ring.start(Number.MAX_SAFE_INTEGER);
    expect(ring.elapsedMs(Number.MAX_SAFE_INTEGER)).toBeGreaterThanOrEqual(0);
  });
});
