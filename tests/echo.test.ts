import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LEGACY_PROTO, type Message, PROTO, WireClient } from './harness/client.js';
import { audioOf, chainOf, manifestOf, outputOf, samplesOf, textOf, toValue } from './harness/messages.js';
import { leftovers, NOTHING_LEFT, startTestService, type TestService } from './harness/service.js';

let running: TestService;

beforeAll(async () => {
  running = await startTestService();
});

afterAll(async () => {
  await running.close();
});

const AUDIO = audioOf(4096);

function resultOf(response: Message): Message {
  return response['result'] as Message;
}

describe('a client built from the protocol as it is', () => {
  let client: WireClient;
  beforeAll(() => {
    client = new WireClient(running.address);
  });
  afterAll(() => client.close());

  it('gets its audio back through native and Python nodes, and nothing is left', async () => {
    const manifest = chainOf({ in: 'PassThrough', one: 'EchoNode', two: 'EchoNode', out: 'PassThrough' });
    const response = await client.execute({ manifest, data_inputs: { in: AUDIO } });
    expect(response['status']).toBe('SUCCESS');
    expect(samplesOf(outputOf(resultOf(response), 'out'))).toEqual(samplesOf(AUDIO));
    expect(await leftovers(running)).toEqual(NOTHING_LEFT);
  });

  it('sends params as a map of values', async () => {
    const manifest = chainOf({ cut: 'AudioChunkerNode', echo: 'EchoNode' });
    const [cut] = manifest['nodes'] as Message[];
    Object.assign(cut as Message, { params: { chunk_size: toValue(1000) } });
    const result = resultOf(await client.execute({ manifest, data_inputs: { cut: AUDIO } }));
    expect((result['outputs'] as Message[]).map(({ buffer }) => samplesOf(buffer).byteLength / 4)).toEqual([
      1000, 1000, 1000, 1000, 96,
    ]);
    expect(samplesOf(outputOf(result, 'echo'))).toEqual(samplesOf(AUDIO));
  });

  it('sends the manifest bare', async () => {
    const manifest = chainOf({ echo: 'EchoNode' });
    const result = resultOf(await client.execute({ ...manifest, data_inputs: { echo: AUDIO } }));
    expect(samplesOf(outputOf(result, 'echo'))).toEqual(samplesOf(AUDIO));
  });

  it('sends the manifest as text', async () => {
    const manifestJson = 'version: v1\nnodes:\n  - {id: echo, nodeType: EchoNode}\n';
    const result = resultOf(await client.execute({ manifest_json: manifestJson, data_inputs: { echo: textOf('hi') } }));
    expect(outputOf(result, 'echo')).toMatchObject({ text: { text_data: Buffer.from('hi'), encoding: 'utf-8' } });
  });

  it('is told that two forms of a manifest are one too many', async () => {
    const manifest = chainOf({ echo: 'EchoNode' });
    const call = client.execute({ ...manifest, manifest_json: '{}' });
    await expect(call).rejects.toMatchObject({ code: 3, details: expect.stringContaining('more than one manifest') });
  });

  it('gives input to several nodes at once, and gets a buffer per sink', async () => {
    const manifest = manifestOf({ a: 'EchoNode', b: 'PassThrough', c: 'EchoNode' }, ['a>c']);
    const inputs = { a: audioOf(100), b: textOf('side'), c: audioOf(50, 100) };
    const result = resultOf(await client.execute({ manifest, data_inputs: inputs }));
    expect(samplesOf(outputOf(result, 'c')).byteLength).toBe(150 * 4);
    expect(outputOf(result, 'b')).toMatchObject({ text: { text_data: Buffer.from('side') } });
  });

  it('reads measured metrics and a line per node', async () => {
    const manifest = chainOf({ in: 'PassThrough', echo: 'EchoNode' });
    const result = resultOf(await client.execute({ manifest, data_inputs: { in: AUDIO } }));
    const metrics = result['metrics'] as Record<string, number> & { node_metrics: Record<string, Message> };
    expect(metrics['wall_time_ms']).toBeGreaterThan(1);
    expect(metrics['cpu_time_ms']).toBeGreaterThan(1);
    expect(metrics['memory_used_bytes']).toBeGreaterThan(1e6);
    expect(metrics.node_metrics['echo']).toMatchObject({ items_processed: 1 });
    expect(result['node_results']).toMatchObject([
      { node_id: 'in', status: 'NODE_STATUS_SUCCESS' },
      { node_id: 'echo', status: 'NODE_STATUS_SUCCESS' },
    ]);
  });

  it('learns the real node types', async () => {
    const { version_info: info, compatible } = await client.version({ client_version: 'v1.2' });
    expect(compatible).toBe(true);
    expect((info as Message)['supported_node_types']).toEqual(expect.arrayContaining(['AudioChunkerNode', 'EchoNode']));
    expect(await client.version({ client_version: 'v2' })).not.toHaveProperty('compatible', true);
  });
});

describe('a client generated before this service was written', () => {
  let client: WireClient;
  beforeAll(() => {
    client = new WireClient(running.address, LEGACY_PROTO);
  });
  afterAll(() => client.close());

  const nodes = [
    { id: 'cut', node_type: 'AudioChunkerNode', params: '{"chunk_size": 1024}' },
    { id: 'echo', node_type: 'EchoNode', params: '' },
  ];
  const manifest = { version: 'v1', metadata: { name: 'old' }, nodes, connections: [{ from: 'cut', to: 'echo' }] };

  it('executes a pipeline and gets its audio back bit for bit', async () => {
    const response = await client.execute({ manifest, data_inputs: { cut: AUDIO } });
    const result = resultOf(response);
    expect(result['status']).toBe('EXECUTION_STATUS_SUCCESS');
    expect(samplesOf(outputOf(result, 'echo'))).toEqual(samplesOf(AUDIO));
  });

  it('streams chunks of both kinds and gets its audio back bit for bit', async () => {
    const stream = client.stream().read();
    stream.send({ init: { manifest } });
    expect(await stream.response('ready')).toMatchObject({ session_id: expect.stringMatching(/^sess_/) });
    stream.send({ data_chunk: { node_id: 'cut', buffer: AUDIO, sequence: 1 } });
    stream.send({ audio_chunk: { node_id: 'cut', buffer: AUDIO['audio'] as Message, sequence: 2 } });
    stream.send({ control: { command: 'COMMAND_CLOSE' } });
    const closed = await stream.response('closed');
    expect((await stream.ended).code).toBe(0);
    const results = stream.all('result');
    expect(results.map(({ sequence }) => sequence)).toEqual([1, 1, 1, 1, 2, 2, 2, 2]);
    expect(Buffer.concat(results.map((result) => samplesOf(outputOf(result, 'echo'))))).toEqual(
      Buffer.concat([samplesOf(AUDIO), samplesOf(AUDIO)]),
    );
    expect(closed).toMatchObject({ final_metrics: { node_metrics: { echo: { items_processed: 8 } } } });
    expect(await leftovers(running)).toEqual(NOTHING_LEFT);
  });

  it('has no field number over 99, so it is what it says it is', async () => {
    const { readFile } = await import('node:fs/promises');
    const numbers = [...(await readFile(LEGACY_PROTO, 'utf8')).matchAll(/ = (\d+);/g)].map(([, number]) =>
      Number(number),
    );
    // PIXEL_FORMAT_ENCODED is a value, not a field.
    expect(numbers.filter((number) => number > 99)).toEqual([255]);
    expect(PROTO).not.toBe(LEGACY_PROTO);
  });
});
