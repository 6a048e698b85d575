import { beforeEach, expect, it, vi } from 'vitest';
import { LatencyRing } from './latency-ring.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
  return () => vi.useRealTimers();
});

it('knows how long each chunk has been in the pipeline, however many there are', () => {
  const ring = new LatencyRing();
  for (let sequence = 0; sequence < 1000; sequence += 1) {
    ring.start(sequence);
    vi.advanceTimersByTime(1);
  }
  for (let sequence = 0; sequence < 1000; sequence += 1) expect(ring.elapsedMs(sequence)).toBe(1000 - sequence);
  expect(ring.elapsedMs(1000)).toBe(0);
});

it('forgets the oldest chunks of a long stream, and keeps the latest 4096', () => {
  const ring = new LatencyRing();
  for (let sequence = 1; sequence <= 10_000; sequence += 1) ring.start(sequence);
  vi.advanceTimersByTime(5);
  expect(ring.elapsedMs(10_000 - 4096)).toBe(0);
  expect(ring.elapsedMs(10_000 - 4095)).toBe(5);
  expect(ring.elapsedMs(10_000)).toBe(5);
});

it('keeps chunks apart whose sequences grow in steps, such as samples', () => {
  const ring = new LatencyRing();
  for (let chunk = 0; chunk < 50; chunk += 1) ring.start(chunk * 320);
  vi.advanceTimersByTime(5);
  for (let chunk = 0; chunk < 50; chunk += 1) expect(ring.elapsedMs(chunk * 320)).toBe(5);
});

it('takes any sequence that there can be', () => {
  const ring = new LatencyRing();
  ring.start(Number.MAX_SAFE_INTEGER);
  vi.advanceTimersByTime(5);
  expect(ring.elapsedMs(Number.MAX_SAFE_INTEGER)).toBe(5);
});
