import type { Frame } from '@remotemedia/contract';
import { describe, expect, it } from 'vitest';
import { ConnectionMetrics } from '../observe/metrics.js';
import { MemoryQueue, type QueueOptions } from './memory-queue.js';
import { END } from './ports.js';

function frame(sequence: number, bytes = 1): Frame {
  const data = { kind: 'binary', data: new Uint8Array(bytes), mimeType: '', metadata: {} } as const;
  return { sequence, timestampUs: 0, data };
}

function queue(options: Partial<QueueOptions> = {}) {
  const metrics = new ConnectionMetrics({ session: 's', from: 'a', to: 'b' });
  return new MemoryQueue({ from: 'a', to: 'b', capacity: 3, maxBytes: 100, lossless: true, metrics, ...options });
}

const sequenceOf = (got: unknown): unknown => (got as Frame).sequence;

describe('MemoryQueue', () => {
  it('carries frames in order, then END, and says when all was taken', async () => {
    const q = queue();
    expect(q.send(frame(1))).toBeUndefined();
    expect(q.send(frame(2))).toBeUndefined();
    const ended = q.end();
    expect(sequenceOf(q.tryReceive())).toBe(1);
    expect(sequenceOf(q.tryReceive())).toBe(2);
    expect(q.tryReceive()).toBe(END);
    await ended;
    expect(q.tryReceive()).toBe(END);
  });

  it('wakes its reader for the first frame and for END only', async () => {
    const q = queue();
    let woken = 0;
    q.onReady(() => {
      woken += 1;
    });
    void q.send(frame(1));
    void q.send(frame(2));
    expect(woken).toBe(1);
    const ended = q.end();
    expect(woken).toBe(2);
    while (q.tryReceive() !== END);
    await ended;
  });

  it.each([
    ['frames', { capacity: 2 }, 1],
    ['bytes', { maxBytes: 20 }, 10],
  ])('makes its sender wait when it is full of %s, once per episode', async (_, options, bytes) => {
    let full = 0;
    const q = queue({ ...options, onFull: () => (full += 1) });
    void q.send(frame(1, bytes));
    void q.send(frame(2, bytes));
    const [third, fourth] = [q.send(frame(3, bytes)), q.send(frame(4, bytes))];
    expect(third).toBeInstanceOf(Promise);
    expect(sequenceOf(q.tryReceive())).toBe(1);
    await third;
    expect(sequenceOf(q.tryReceive())).toBe(2);
    await fourth;
    expect(full).toBe(1);
    expect([q.tryReceive(), q.tryReceive()].map(sequenceOf)).toEqual([3, 4]);
    // Its reader has caught up: what follows is a new episode.
    expect(q.tryReceive()).toBeNull();
    for (const sequence of [5, 6]) void q.send(frame(sequence, bytes));
    void q.send(frame(7, bytes));
    expect(full).toBe(2);
  });

  it('without backpressure drops the oldest and counts every one', () => {
    const metrics = new ConnectionMetrics({ session: 's', from: 'a', to: 'b' });
    let dropping = 0;
    const q = queue({ lossless: false, metrics, onFull: expect.unreachable, onDropping: () => (dropping += 1) });
    for (let sequence = 1; sequence <= 10; sequence += 1) expect(q.send(frame(sequence))).toBeUndefined();
    expect([q.tryReceive(), q.tryReceive(), q.tryReceive()].map(sequenceOf)).toEqual([8, 9, 10]);
    expect(metrics).toMatchObject({ sent: 10, received: 3, dropped: 7, depth: 0, fullEpisodes: 0 });
    expect(dropping).toBe(7);
  });

  it('refuses a frame that could never fit, with both numbers', () => {
    expect(() => queue().send(frame(1, 101))).toThrow(
      expect.objectContaining({ code: 'limit.message_size', message: expect.stringMatching(/101.*100/) }),
    );
  });

  it('rejects every wait when it is interrupted, and takes nothing more', async () => {
    const q = queue({ capacity: 1 });
    void q.send(frame(1));
    const waits = [q.send(frame(2)), q.end()];
    const reason = new Error('cancelled');
    q.interrupt(reason);
    for (const wait of waits) await expect(wait).rejects.toBe(reason);
    expect(() => q.send(frame(3))).toThrow(reason);
    expect(q.tryReceive()).toBeNull();
  });
});
