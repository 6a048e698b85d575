// The native ends of the measured connections.
import { setTimeout as pause } from 'node:timers/promises';
import { defineNode } from '@remotemedia/server';
import { z } from 'zod';

/** Sends payloads whose first eight bytes are the monotonic clock. */
export const stampSource = defineNode({
  type: 'StampSource',
  description: 'Sends stamped payloads of one size, paced or as fast as they are taken.',
  params: z.strictObject({
    size: z.int().min(8),
    count: z.int().min(1),
    warm_up: z.int().min(0),
    pace_ms: z.number().min(0),
  }),
  inputs: [],
  outputs: ['binary'],
  create: ({ size, count, warm_up: warmUp, pace_ms: paceMs }) => ({
    async *start() {
      const data = Buffer.alloc(size);
      for (let number = 0; number < count; number += 1) {
        if (paceMs > 0 && number >= warmUp) await pause(paceMs);
        data.writeBigUInt64LE(process.hrtime.bigint());
        yield { kind: 'binary', data, mimeType: '', metadata: {} };
      }
    },
  }),
});

/** Measures the payloads, and passes on what the node before it measured. */
export const stampSink = defineNode({
  type: 'StampSink',
  description: 'Measures how long stamped payloads were on their way.',
  params: z.strictObject({}),
  inputs: ['binary', 'json'],
  outputs: ['json'],
  create() {
    /** @type {number[]} */
    const latencies = [];
    let startedNs = 0;
    let endedNs = 0;
    /** @type {unknown} */
    let there = null;
    return {
      process(data) {
        const now = process.hrtime.bigint();
        if (data.kind === 'json') {
          there = JSON.parse(data.jsonPayload);
        } else if (data.kind === 'binary') {
          const stamp = new DataView(data.data.buffer, data.data.byteOffset, 8).getBigUint64(0, true);
          if (latencies.length === 0) startedNs = Number(stamp);
          endedNs = Number(now);
          latencies.push(Number(now - stamp));
        }
        return null;
      },
      flush() {
        const back = { latencies_ns: latencies, started_ns: startedNs, ended_ns: endedNs };
        return { kind: 'json', jsonPayload: JSON.stringify({ there, back }), schemaType: '', metadata: {} };
      },
    };
  },
});
