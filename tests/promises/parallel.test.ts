import { fileURLToPath } from 'node:url';
import { connect, type PipelineStream, type RemoteMediaClient } from '@remotemedia/client';
import type { BinaryData } from '@remotemedia/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestService, type TestService } from '../harness/service.js';
import { printFigures } from './harness/figures.js';
import { chain } from './harness/manifests.js';
import { OneProcess } from './harness/one-process.js';

const MESSAGES = 200;
const CPU_MS = 30;
/** Of the time that one process takes: what must be reached anywhere, and what two quiet cores give. */
const LIMIT = 0.7;
const GOAL = 0.6;

let running: TestService;
let client: RemoteMediaClient;
let alone: OneProcess;

beforeAll(async () => {
  running = await startTestService({
    multiprocess: { python: { extra_paths: [fileURLToPath(new URL('nodes', import.meta.url))] } },
  });
  client = connect(running.address);
  alone = new OneProcess(running.service.python.interpreter?.executable ?? 'python3');
});

afterAll(async () => {
  await alone.end();
  client.close();
  await running.close();
});

const chunk: BinaryData = { kind: 'binary', data: new Uint8Array(640), mimeType: '', metadata: {} };

async function sendAll(stream: PipelineStream): Promise<void> {
  for (let sequence = 0; sequence < MESSAGES; sequence += 1)
    await stream.send({ nodeId: 'one', data: chunk, sequence });
  stream.close();
}

/** From the first message sent to the last result received; the start of the nodes is left out. */
async function runChain(iterations: number): Promise<{ tookMs: number; sequences: number[] }> {
  const nodes = ['one', 'two', 'three'].map((id) => ({ id, node_type: 'BurnNode', params: { iterations } }));
  const stream = client.stream(chain(nodes));
  const sequences: number[] = [];
  let sending: Promise<void> | null = null;
  let startedMs = 0;
  let endedMs = 0;
  for await (const event of stream) {
    if (event.type === 'result') {
      sequences.push(event.sequence);
      endedMs = performance.now();
    } else if (event.type === 'ready') {
      startedMs = performance.now();
      sending = sendAll(stream);
    }
  }
  await sending;
  return { tookMs: endedMs - startedMs, sequences };
}

it('three Python nodes share the cores: a chain of them takes far less time than one process', {
  timeout: 180_000,
}, async () => {
  const iterations = await alone.calibrate(CPU_MS);
  // Half before and half after, so that a machine that becomes slower or faster meanwhile does so for both.
  const half = { messages: MESSAGES / 2, nodes: 3, iterations };
  const before = await alone.work(half);
  const { tookMs, sequences } = await runChain(iterations);
  const after = await alone.work(half);
  const aloneMs = before.tookMs + after.tookMs;
  const cpuMs = before.cpuMs + after.cpuMs;
  const share = tookMs / aloneMs;
  printFigures('parallel Python nodes', {
    work: `${MESSAGES} messages × 3 nodes × ${iterations} iterations (${CPU_MS} ms of CPU each)`,
    'one process': `${(aloneMs / 1000).toFixed(2)} s of which ${(cpuMs / 1000).toFixed(2)} s on a core`,
    'three nodes': `${(tookMs / 1000).toFixed(2)} s`,
    share: `${(share * 100).toFixed(1)} % (limit ${LIMIT * 100} %, on two quiet cores ${GOAL * 100} %)`,
  });
  expect(sequences).toEqual(Array.from({ length: MESSAGES }, (_, index) => index));
  expect(share).toBeLessThan(LIMIT);
  expect(running.service.metrics.rescues).toBe(0);
});
