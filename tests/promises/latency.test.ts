import { setTimeout as pause } from 'node:timers/promises';
import { type PipelineStream, RemoteMediaClient } from '@remotemedia/client';
import type { AudioData } from '@remotemedia/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { printFigures, quantile } from './harness/figures.js';
import { chain } from './harness/manifests.js';
import { ServiceProcess } from './harness/service-process.js';

const FRAMES = 400;
const FRAME_MS = 20;
/** Left out at the beginning: pages that are made once, and code that is compiled. */
const WARM_UP = 50;
const LIMIT_MS = 2;

let service: ServiceProcess;
let client: RemoteMediaClient;

beforeAll(async () => {
  service = await ServiceProcess.start();
  client = new RemoteMediaClient(service.address);
});

afterAll(async () => {
  client.close();
  await service.stop();
});

/** 20 ms of 16-bit mono at 16 kHz, each sample with the number of its frame. */
function frame(number: number): AudioData {
  const samples = new Uint8Array(new Int16Array(320).fill(number).buffer);
  return {
    kind: 'audio',
    samples,
    sampleRate: 16_000,
    channels: 1,
    format: 2,
    numSamples: 320,
    metadataJson: null,
    metadata: {},
  };
}

/** A frame every 20 ms, by the clock and not by the pauses between; tells when each was sent. */
async function speak(stream: PipelineStream, nodeId: string, sentMs: number[]): Promise<void> {
  const startedMs = performance.now();
  for (let number = 0; number < FRAMES; number += 1) {
    // The rhythm of the stream: nothing is waited for here.
    await pause(Math.max(0, startedMs + number * FRAME_MS - performance.now()));
    sentMs.push(performance.now());
    await stream.write({ nodeId, data: frame(number), sequence: number, timestampMs: number * FRAME_MS });
  }
  stream.end();
}

/** From the client's send to its receipt of the same frame, in milliseconds. */
async function measure(nodes: readonly { readonly id: string; readonly node_type: string }[]): Promise<number[]> {
  const stream = client.stream({ manifest: chain(nodes) });
  const sentMs: number[] = [];
  const latenciesMs: number[] = [];
  let speaking: Promise<void> | null = null;
  for await (const event of stream) {
    const nowMs = performance.now();
    if (event.type === 'ready') speaking = speak(stream, nodes[0]?.id ?? '', sentMs);
    if (event.type !== 'result') continue;
    expect(event.sequence).toBe(latenciesMs.length);
    expect(event.data).toEqual(frame(event.sequence));
    latenciesMs.push(nowMs - (sentMs[event.sequence] ?? Number.NaN));
  }
  await speaking;
  expect(latenciesMs).toHaveLength(FRAMES);
  return latenciesMs.slice(WARM_UP);
}

const shown = (ms: number): string => `${ms.toFixed(3)} ms`;

describe('a stream of 20 ms frames from a client in another process', () => {
  it(`comes back through three Python nodes within ${LIMIT_MS} ms`, async () => {
    const native = await measure([{ id: 'pass', node_type: 'PassThrough' }]);
    const python = await measure(['one', 'two', 'three'].map((id) => ({ id, node_type: 'PassOnNode' })));
    const rescues = await service.rescues();
    printFigures(`latency of ${FRAMES - WARM_UP} frames of 640 bytes, every ${FRAME_MS} ms, client to client`, {
      'three Python nodes': `p50 ${shown(quantile(python, 0.5))}, p99 ${shown(quantile(python, 0.99))}`,
      'one native node': `p50 ${shown(quantile(native, 0.5))}, p99 ${shown(quantile(native, 0.99))}`,
      difference: `p50 ${shown(quantile(python, 0.5) - quantile(native, 0.5))}`,
      rescues,
    });
    expect(quantile(python, 0.5)).toBeLessThan(LIMIT_MS);
    expect(rescues).toBe(0);
  });
});
