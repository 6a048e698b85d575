import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Message, WireClient } from '../harness/client.js';
import { audioOf, chainOf, type Nodes } from '../harness/messages.js';
import { startTestService, type TestService } from '../harness/service.js';

let running: TestService;
let client: WireClient;

beforeAll(async () => {
  running = await startTestService();
  client = new WireClient(running.address);
});

afterAll(async () => {
  client.close();
  await running.close();
});

/** Four frames of audio, which become one JSON; one node in the middle is nobody's sink. */
const NODES: Nodes = {
  cut: ['AudioChunkerNode', { chunk_size: 100 }],
  work: ['BurnCpuNode', { iterations: 20_000 }],
  count: 'CounterNode',
};

interface NodeMetrics {
  readonly execution_time_ms?: number;
  readonly memory_bytes?: number;
  readonly items_processed?: number;
  readonly custom_metrics: string;
}

function checkMetrics(metrics: unknown): void {
  const { node_metrics: nodes, ...all } = metrics as Record<string, unknown> & {
    node_metrics: Record<string, NodeMetrics>;
  };
  expect(Object.keys(nodes).sort()).toEqual(['count', 'cut', 'work']);
  expect(all).toMatchObject({ wall_time_ms: expect.any(Number), data_type_breakdown: { json: 1 } });
  const { cut, work, count } = nodes;
  expect([cut?.items_processed, work?.items_processed, count?.items_processed]).toEqual([1, 4, 4]);
  // Twenty thousand rounds of Python take longer than a native node does for all of it.
  expect(work?.execution_time_ms).toBeGreaterThan(4);
  expect(cut?.execution_time_ms).toBeGreaterThan(0);
  expect(work?.execution_time_ms).toBeLessThan(Number(all['wall_time_ms']));
  for (const node of [work, count]) expect(node?.memory_bytes).toBeGreaterThan(4 * 1024 * 1024);
  const kinds = Object.entries(nodes).map(([id, node]) => [id, JSON.parse(node.custom_metrics).output_kinds]);
  expect(Object.fromEntries(kinds)).toEqual({ cut: { audio: 4 }, work: { audio: 4 }, count: { json: 1 } });
}

describe('every node is accounted for', () => {
  it('in the answer of a unary call: items, time, memory, and the kinds of its outputs', async () => {
    const response = await client.execute({ manifest: chainOf(NODES), data_inputs: { cut: audioOf(400) } });
    const { metrics, node_results: results } = response['result'] as Message;
    checkMetrics(metrics);
    const read = (results as Message[]).map(({ output_metadata: text, ...rest }) => [rest, JSON.parse(String(text))]);
    const success = { status: 'NODE_STATUS_SUCCESS' };
    expect(read).toEqual([
      [
        { ...success, node_id: 'cut' },
        { outputs: 4, kinds: { audio: 4 } },
      ],
      [
        { ...success, node_id: 'work' },
        { outputs: 4, kinds: { audio: 4 } },
      ],
      [
        { ...success, node_id: 'count' },
        { outputs: 1, kinds: { json: 1 } },
      ],
    ]);
  });

  it('at the end of a stream', async () => {
    const stream = client.stream().read();
    stream.send({ init: { manifest: chainOf(NODES) } });
    stream.send({ data_chunk: { node_id: 'cut', buffer: audioOf(400), sequence: 1 } });
    stream.send({ control: { command: 'COMMAND_CLOSE' } });
    const { final_metrics: metrics } = await stream.response('closed');
    checkMetrics(metrics);
    expect((await stream.ended).code).toBe(0);
  });
});

describe('processing_time_ms', () => {
  it('is the time from a chunk to its result', async () => {
    const stream = client.stream().read();
    stream.send({ init: { manifest: chainOf({ pace: ['PaceNode', { seconds: 0.2 }] }) } });
    await stream.response('ready');
    const sentMs = performance.now();
    stream.send({ data_chunk: { node_id: 'pace', buffer: audioOf(10), sequence: 1 } });
    const result = await stream.response('result');
    const tookMs = performance.now() - sentMs;
    expect(result['processing_time_ms']).toBeGreaterThan(195);
    expect(result['processing_time_ms']).toBeLessThan(tookMs + 1);
    stream.call.end();
    await stream.ended;
  });
});
