import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Message, WireStream } from '../harness/client.js';
import { chainOf } from '../harness/messages.js';
import { Bed, CLOSE, connectionOf, finalMetrics, textChunk } from './bed.js';

let bed: Bed;

beforeAll(async () => {
  bed = await Bed.open({ metrics_interval_secs: 0.2 });
});

afterAll(async () => {
  await bed.close();
});

const metricsOf = async (stream: WireStream, matches: (metrics: Message) => boolean): Promise<Message> => {
  const message = await stream.message(({ metrics }) => metrics != null && matches(metrics as Message));
  return message['metrics'] as Message;
};

describe('metrics of a stream', () => {
  it('come while it runs, and say how each connection does', async () => {
    const stream = await bed.stream(chainOf({ in: 'PassThrough', echo: 'EchoNode' }));
    for (let sequence = 1; sequence <= 20; sequence += 1) stream.send(textChunk('in', sequence));
    const metrics = await metricsOf(stream, ({ total_items: items }) => items === 20);
    const { session_id: session } = await stream.response('ready');
    expect(metrics).toMatchObject({ session_id: session, chunks_processed: 20, data_type_breakdown: { text: 20 } });
    expect(metrics['average_latency_ms']).toBeGreaterThan(0);
    // A Python process that has imported its node has at least so much.
    expect(metrics['peak_memory_bytes']).toBeGreaterThan(10_000_000);
    for (const [from, to] of [
      ['', 'in'],
      ['in', 'echo'],
      ['echo', ''],
    ] as const) {
      expect(connectionOf(metrics, from, to)).toMatchObject({ sent: 20, received: 20, dropped: 0, depth: 0 });
    }
    stream.send(CLOSE);
    expect((await stream.ended).code).toBe(0);
    const last = stream.received.at(-1);
    expect(last?.['closed']).not.toBeUndefined();
  });

  it('show what waits and what was dropped before its receiver has noticed', async () => {
    const nodes = { in: 'PassThrough', hang: 'HangNode' };
    const settings = { channel_capacity: 4, enable_backpressure: false, cleanup_grace_period_secs: 0.1 };
    const stream = await bed.stream(chainOf(nodes, settings));
    for (let sequence = 1; sequence <= 30; sequence += 1) stream.send(textChunk('in', sequence));
    // One is being worked on for ever, four wait, and the rest has given way to them.
    const metrics = await metricsOf(stream, (each) => connectionOf(each, 'in', 'hang').sent === 30);
    const { received, dropped, depth } = connectionOf(metrics, 'in', 'hang');
    expect({ received, depth }).toEqual({ received: 1, depth: 4 });
    expect(dropped).toBe(25);
    expect(metrics).toMatchObject({ buffer_items: 4, chunks_dropped: 25 });
    stream.call.cancel();
    await stream.ended;
    const line = await bed.running.logged('Dropped 25 of 30 messages (in → hang)');
    expect(line).toContain('WARN');
  });

  it('count the sequence numbers that chunks left out', async () => {
    const stream = await bed.stream(chainOf({ in: 'PassThrough', other: 'PassThrough' }));
    for (const sequence of [7, 8, 11, 20]) stream.send(textChunk('in', sequence));
    for (const sequence of [3, 5]) stream.send(textChunk('other', sequence));
    const metrics = await metricsOf(stream, ({ chunks_processed: chunks }) => chunks === 6);
    expect(metrics).toMatchObject({ sequence_gaps: 2 + 8 + 1 });
    stream.send(CLOSE);
    await stream.ended;
    expect(finalMetrics(stream)).toMatchObject({ sequence_gaps: 11 });
  });
});

describe('metrics_interval_secs = 0', () => {
  it('leaves the final metrics only', async () => {
    const quiet = await Bed.open({ metrics_interval_secs: 0 });
    try {
      const stream = await quiet.stream(chainOf({ slow: ['TakeTimeNode', { delay_ms: 500 }] }));
      for (const sequence of [1, 2]) stream.send(textChunk('slow', sequence));
      stream.send(CLOSE);
      expect((await stream.ended).code).toBe(0);
      expect(stream.all('metrics')).toEqual([]);
      expect(connectionOf(finalMetrics(stream), '', 'slow')).toMatchObject({ sent: 2, received: 2 });
    } finally {
      await quiet.close();
    }
  });
});
