import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Message, WireClient, type WireStream } from './harness/client.js';
import { audioOf, chainOf, manifestOf, outputOf, samplesOf, textOf } from './harness/messages.js';
import { leftovers, NOTHING_LEFT, startTestService, type TestService } from './harness/service.js';

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

async function open(manifest: Message): Promise<WireStream> {
  const stream = client.stream().read();
  stream.send({ init: { manifest } });
  await stream.response('ready');
  return stream;
}

const chunk = (nodeId: string, sequence: number, buffer: Message = audioOf(16)): Message => ({
  data_chunk: { node_id: nodeId, buffer, sequence },
});
const CLOSE = { control: { command: 'COMMAND_CLOSE' } };
const CANCEL = { control: { command: 'COMMAND_CANCEL' } };

describe('the order of a stream', () => {
  it.each([
    ['a chunk', chunk('a', 1)],
    ['a close', CLOSE],
    ['nothing at all', {}],
  ])('must begin with init, not with %s', async (_, first) => {
    const stream = client.stream().read();
    stream.send(first);
    expect(await stream.response('error')).toMatchObject({ code: 'stream.init_required' });
    expect((await stream.ended).error).toMatchObject({ code: 'stream.init_required' });
  });

  it('forbids a second init', async () => {
    const stream = await open(chainOf({ a: 'PassThrough' }));
    stream.send({ init: { manifest: chainOf({ a: 'PassThrough' }) } });
    expect((await stream.ended).error).toMatchObject({
      code: 'stream.init_required',
      message: expect.stringContaining('twice'),
    });
  });

  it('wants sequences that increase, for each node by itself', async () => {
    const stream = await open(manifestOf({ a: 'PassThrough', b: 'PassThrough' }));
    stream.send(chunk('a', 5));
    stream.send(chunk('b', 1));
    stream.send(chunk('a', 9));
    stream.send(chunk('a', 9));
    const { code, error } = await stream.ended;
    expect(code).toBe(3);
    expect(error).toMatchObject({ code: 'stream.bad_sequence', nodeId: 'a', details: { sequence: 9 } });
  });

  it('knows its nodes', async () => {
    const stream = await open(chainOf({ a: 'PassThrough', b: 'PassThrough' }));
    stream.send(chunk('c', 1));
    expect((await stream.ended).error).toMatchObject({
      code: 'stream.unknown_node',
      message: expect.stringContaining('a, b'),
    });
  });

  it('wants a chunk with something in it', async () => {
    const stream = await open(chainOf({ a: 'PassThrough' }));
    stream.send({ data_chunk: { node_id: 'a', sequence: 1 } });
    expect((await stream.ended).error).toMatchObject({ code: 'input.invalid', nodeId: 'a' });
  });
});

describe('a stream', () => {
  it('tells how its nodes start, is ready, and closes with what is left and its metrics', async () => {
    const stream = client.stream().read();
    stream.send({ init: { manifest: chainOf({ slow: ['SlowInitNode', { steps: 3 }], count: 'CounterNode' }) } });
    stream.send(chunk('slow', 1, audioOf(10)));
    stream.send(chunk('slow', 2, audioOf(20)));
    stream.send(CLOSE);
    const closed = await stream.response('closed');
    expect((await stream.ended).code).toBe(0);
    const kinds = stream.received.map((message) => Object.keys(message).find((key) => key !== 'response'));
    expect(kinds.slice(kinds.indexOf('ready'))).toEqual(['ready', 'result', 'closed']);
    const steps = stream.all('init_progress').filter(({ node_id: node }) => node === 'slow');
    expect(steps.map(({ message }) => message)).toEqual(expect.arrayContaining(['step 1 of 3', 'step 3 of 3']));
    const [total] = stream.all('result');
    expect(outputOf(total as Message, 'count')).toMatchObject({
      json: { json_payload: expect.stringMatching(/"messages": ?2.*"bytes": ?120/) },
    });
    expect(closed).toMatchObject({ final_metrics: { node_metrics: { count: { items_processed: 2 } } } });
    expect(await leftovers(running)).toEqual(NOTHING_LEFT);
  });

  it('ends in the same way when its client half-closes', async () => {
    const stream = await open(chainOf({ count: 'CounterNode' }));
    stream.send(chunk('count', 1));
    stream.call.end();
    expect((await stream.ended).code).toBe(0);
    expect(stream.all('result')).toHaveLength(1);
    expect(stream.all('closed')).toHaveLength(1);
  });

  it('takes chunks for any node, and names the input that each came by', async () => {
    const stream = await open(chainOf({ first: 'PassThrough', second: 'NameSourceNode' }));
    stream.send(chunk('first', 1));
    await stream.response('result');
    stream.send(chunk('second', 1));
    stream.send(CLOSE);
    await stream.ended;
    const names = stream.all('result').map((result) => {
      const { text } = outputOf(result, 'second') as { text: { text_data?: Buffer } };
      return String(text.text_data ?? '');
    });
    expect(names).toEqual(['first', '']);
  });

  it('carries named buffers as one message, through native and Python nodes', async () => {
    const stream = await open(chainOf({ a: 'PassThrough', b: 'EchoNode' }));
    const named = { left: audioOf(8), note: textOf('hello') };
    stream.send({ data_chunk: { node_id: 'a', named_buffers: named, sequence: 3 } });
    stream.send(CLOSE);
    expect(await stream.ended).toMatchObject({ code: 0, error: null });
    const parts = stream.all('result').map((result) => outputOf(result, 'b'));
    expect(parts).toMatchObject([
      { metadata: { buffer_name: 'left' } },
      { metadata: { buffer_name: 'note' }, text: { text_data: Buffer.from('hello') } },
    ]);
    expect(samplesOf(parts[0])).toEqual(samplesOf(audioOf(8)));
  });

  it('takes data_inputs in its init', async () => {
    const stream = client.stream().read();
    stream.send({ init: { manifest: chainOf({ a: 'EchoNode' }), data_inputs: { a: textOf('first') } } });
    stream.send(CLOSE);
    expect((await stream.ended).code).toBe(0);
    expect(stream.all('result')).toHaveLength(1);
  });

  it.each(['data_inputs', 'a chunk'])(
    'refuses %s that no connection can carry, though the client sends no more',
    async (way) => {
      const manifest = chainOf({ a: 'EchoNode' }, { shm_segment_size: 10_000 });
      const stream = client.stream().read();
      const large = audioOf(5000);
      stream.send({ init: { manifest, ...(way === 'data_inputs' ? { data_inputs: { a: large } } : {}) } });
      if (way === 'a chunk') stream.send(chunk('a', 1, large));
      expect(await stream.response('error')).toMatchObject({ code: 'limit.message_size', failing_node_id: 'a' });
      expect((await stream.ended).code).toBe(8);
    },
  );

  it('branches and merges without losing or mixing up anything', async () => {
    const nodes = { in: 'PassThrough', left: 'EchoNode', right: 'PassThrough', out: 'EchoNode' };
    const stream = await open(
      manifestOf(nodes, ['in>left', 'in>right', 'left>out', 'right>out'], { channel_capacity: 1 }),
    );
    for (let sequence = 1; sequence <= 200; sequence += 1) stream.send(chunk('in', sequence, audioOf(4, sequence)));
    stream.send(CLOSE);
    expect((await stream.ended).code).toBe(0);
    const counts = new Map<number, number>();
    for (const { sequence } of stream.all('result'))
      counts.set(Number(sequence), (counts.get(Number(sequence)) ?? 0) + 1);
    expect(counts.size).toBe(200);
    expect([...counts.values()].every((count) => count === 2)).toBe(true);
  });

  it('without backpressure loses the oldest and says how many', async () => {
    const manifest = chainOf(
      { burn: ['BurnCpuNode', { iterations: 20_000 }] },
      { channel_capacity: 2, enable_backpressure: false },
    );
    const stream = await open(manifest);
    for (let sequence = 1; sequence <= 500; sequence += 1) stream.send(chunk('burn', sequence));
    stream.send(CLOSE);
    const closed = await stream.response('closed');
    const metrics = closed as {
      final_metrics: { node_metrics: { burn: { custom_metrics: string; items_processed: number } } };
    };
    const { custom_metrics: custom, items_processed: processed } = metrics.final_metrics.node_metrics.burn;
    const [input] = (JSON.parse(custom) as { inputs: { sent: number; received: number; dropped: number }[] }).inputs;
    expect(input).toMatchObject({ sent: 500, received: processed });
    expect(processed + Number(input?.dropped)).toBe(500);
  });
});

describe('a cancel', () => {
  it('ends the session with CANCELLED, and no result comes after it', async () => {
    const stream = await open(chainOf({ a: 'PassThrough', b: 'EchoNode' }));
    stream.send(chunk('a', 1));
    await stream.response('result');
    stream.send(CANCEL);
    const { code, error } = await stream.ended;
    expect(code).toBe(1);
    expect(error).toMatchObject({ code: 'session.cancelled' });
    expect(stream.all('result')).toHaveLength(1);
    expect(await leftovers(running)).toEqual(NOTHING_LEFT);
  });

  it('is heard while nodes still start', async () => {
    const stream = client.stream().read();
    stream.send({ init: { manifest: chainOf({ slow: ['SlowInitNode', { steps: 100, step_secs: 1 }] }) } });
    await stream.response('init_progress');
    stream.send(CANCEL);
    expect((await stream.ended).code).toBe(1);
    expect(await leftovers(running)).toEqual(NOTHING_LEFT);
  });

  it('is heard while a chunk waits for room', async () => {
    const stream = await open(chainOf({ hang: 'HangNode' }, { channel_capacity: 1, cleanup_grace_period_secs: 0.1 }));
    for (const sequence of [1, 2, 3]) stream.send(chunk('hang', sequence));
    await running.logged('Channel full, backpressure active (input → hang)');
    stream.send(CANCEL);
    expect((await stream.ended).code).toBe(1);
    expect(await leftovers(running)).toEqual(NOTHING_LEFT);
  });
});
