import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { failureOf, type Message, WireClient, type WireStream } from '../harness/client.js';
import { audioOf, chainOf, textOf } from '../harness/messages.js';
import { Neighbour } from '../harness/neighbour.js';
import { leftovers, NOTHING_LEFT, startTestService, type TestService } from '../harness/service.js';

const MIB = 1024 * 1024;

let running: TestService;
let client: WireClient;

async function start(config: Readonly<Record<string, unknown>>): Promise<void> {
  running = await startTestService(config);
  client = new WireClient(running.address);
}

async function stop(): Promise<void> {
  client.close();
  await running.close();
}

function open(manifest: Message, limits: Message = {}): WireStream {
  const stream = client.stream().read();
  stream.send({ init: { manifest, resource_limits: limits } });
  return stream;
}

async function warningsOf(stream: WireStream): Promise<unknown> {
  return (await stream.response('ready'))['warnings'] ?? [];
}

async function close(stream: WireStream): Promise<void> {
  stream.send({ control: { command: 'COMMAND_CLOSE' } });
  expect((await stream.ended).code).toBe(0);
}

const hogs = (ids: readonly string[]): Message => chainOf(Object.fromEntries(ids.map((id) => [id, 'TakeMemoryNode'])));

function take(stream: WireStream, nodeId: string, mebibytes: number, sequence = 1): void {
  stream.send({ data_chunk: { node_id: nodeId, buffer: textOf(String(mebibytes)), sequence } });
}

describe('memory that a request allows', () => {
  beforeAll(() => start({}));
  afterAll(stop);

  it('ends the session whose processes take more, and names the node that takes most', async () => {
    const neighbour = await Neighbour.open(running.address);
    // The second node gets the first's message as well, so 2 × 40 fit and 2 × 40 + 2 × 70 do not.
    const stream = open(hogs(['one', 'two']), { max_memory_bytes: 200 * MIB });
    expect(await warningsOf(stream)).toEqual([]);
    take(stream, 'one', 40, 1);
    await stream.response('result');
    take(stream, 'two', 70, 2);
    take(stream, 'one', 35, 3);
    const { code, error } = await stream.ended;
    expect(code).toBe(8);
    expect(error).toMatchObject({
      code: 'limit.memory',
      nodeId: 'two',
      details: { allowed: 200 * MIB, setting: 'resource_limits.max_memory_bytes' },
    });
    expect(error?.details.asked).toBeGreaterThan(200 * MIB);
    await neighbour.serves();
    await neighbour.end();
    expect(await leftovers(running)).toEqual(NOTHING_LEFT);
  });

  it('holds for a unary call too', async () => {
    const request = { manifest: hogs(['one']), data_inputs: { one: textOf('300') } };
    const kept = await client.execute({ ...request, resource_limits: { max_memory_bytes: 2000 * MIB } });
    expect(kept).toMatchObject({ status: 'SUCCESS' });
    const manifest = chainOf({ one: 'TakeMemoryNode', stays: 'HangNode' }, { cleanup_grace_period_secs: 0.1 });
    const call = client.execute({ ...request, manifest, resource_limits: { max_memory_bytes: 200 * MIB } });
    expect(await failureOf(call)).toMatchObject({ code: 'limit.memory', nodeId: 'one', status: 8 });
    expect(await leftovers(running)).toEqual(NOTHING_LEFT);
  });
});

describe('caps of the service on one session', () => {
  beforeAll(() =>
    start({
      limits: { max_memory_bytes: 120 * MIB, max_execution_secs: 4 },
      multiprocess: { cleanup_grace_period_secs: 0.2 },
    }),
  );
  afterAll(stop);

  it('hold where the request says nothing', async () => {
    const stream = open(hogs(['one']));
    expect(await warningsOf(stream)).toEqual([]);
    take(stream, 'one', 150);
    expect((await stream.ended).error).toMatchObject({
      code: 'limit.memory',
      details: { allowed: 120 * MIB, setting: 'limits.max_memory_bytes' },
    });
  });

  it('hold where the request asks for more, which is told', async () => {
    const stream = open(hogs(['one']), { max_memory_bytes: 500 * MIB, max_timeout_ms: 60_000 });
    expect(await warningsOf(stream)).toEqual([
      `resource_limits.max_memory_bytes is ${500 * MIB}, but limits.max_memory_bytes allows ${120 * MIB} bytes, which is what counts`,
      'resource_limits.max_timeout_ms is 60000, but limits.max_execution_secs allows 4000 ms, which is what counts',
    ]);
    const { code, error } = await stream.ended;
    expect(code).toBe(4);
    expect(error).toMatchObject({
      code: 'session.deadline',
      details: { allowed: 4000, setting: 'limits.max_execution_secs' },
    });
  });

  it('leave a request its own, lower limits', async () => {
    const manifest = chainOf({ hang: 'HangNode' });
    const call = client.execute({
      manifest,
      data_inputs: { hang: audioOf(1) },
      resource_limits: { max_timeout_ms: 500 },
    });
    expect(await failureOf(call)).toMatchObject({
      code: 'session.deadline',
      details: { allowed: 500, setting: 'resource_limits.max_timeout_ms' },
    });
    expect(await leftovers(running)).toEqual(NOTHING_LEFT);
  });
});

describe('shared memory of all sessions', () => {
  afterEach(stop);

  it('is not given to the session that would make it too much; the others go on', async () => {
    // A session of one Python node takes 52 KiB, of which its process adds a part: four fit.
    await start({ limits: { max_shared_memory: 216 * 1024 } });
    const streams: WireStream[] = [];
    let refusal: unknown = null;
    while (refusal === null && streams.length < 10) {
      const stream = open(chainOf({ echo: 'EchoNode' }));
      refusal = await stream.response('ready').then(
        () => null,
        (error: unknown) => error,
      );
      if (refusal === null) streams.push(stream);
    }
    expect(refusal).toMatchObject({
      code: 'limit.shared_memory',
      details: { allowed: 216 * 1024, setting: 'limits.max_shared_memory' },
    });
    expect(streams.length).toBeGreaterThan(1);
    const started = running.events.filter(({ type }) => type === 'process.started');
    expect(started).toHaveLength(streams.length);
    await close(streams[0] as WireStream);
    const next = open(chainOf({ echo: 'EchoNode' }));
    await next.response('ready');
    for (const stream of [...streams.slice(1), next]) await close(stream);
    expect(await leftovers(running)).toEqual(NOTHING_LEFT);
  });

  it('is taken from the session that has most of it, once it has grown too much', async () => {
    await start({ limits: { max_shared_memory: 8 * MIB } });
    const neighbour = await Neighbour.open(running.address);
    const stream = open(chainOf({ echo: 'EchoNode' }));
    await stream.response('ready');
    const data = Buffer.alloc(8 * MIB);
    stream.send({ data_chunk: { node_id: 'echo', buffer: { binary: { data } }, sequence: 1 } });
    const { code, error } = await stream.ended;
    expect(code).toBe(8);
    expect(error).toMatchObject({ code: 'limit.shared_memory', details: { setting: 'limits.max_shared_memory' } });
    await neighbour.serves();
    await neighbour.end();
    expect(await leftovers(running)).toEqual(NOTHING_LEFT);
  });

  it('is capped for each connection, before anything is spawned', async () => {
    await start({ limits: { max_shm_segment_size: MIB } });
    const call = client.execute({ manifest: chainOf({ echo: 'EchoNode' }, { shm_segment_size: 2 * MIB }) });
    expect(await failureOf(call)).toMatchObject({
      code: 'limit.shared_memory',
      status: 8,
      details: { asked: 2 * MIB, allowed: MIB, setting: 'limits.max_shm_segment_size' },
    });
    expect(running.events).toEqual([]);
    expect(await client.execute({ manifest: chainOf({ echo: 'EchoNode' }) })).toMatchObject({ status: 'SUCCESS' });
  });
});

describe('a limit that is checked before anything is spawned', () => {
  beforeAll(() => start({ limits: { max_processes_per_session: 3, max_processes: 4, max_sessions: 2 } }));
  afterAll(stop);

  const three = chainOf({ a: 'EchoNode', b: 'EchoNode', c: 'EchoNode' });

  it.each([
    [
      chainOf({ a: 'EchoNode' }, { max_processes_per_session: 5 }),
      'limit.processes',
      5,
      3,
      'limits.max_processes_per_session',
    ],
    [three, 'limit.processes', 6, 4, 'limits.max_processes'],
  ])('names what was asked, what is allowed, and the setting: %#', async (manifest, code, asked, allowed, setting) => {
    const stream = open(three);
    await stream.response('ready');
    const spawned = running.events.length;
    const error = await failureOf(client.execute({ manifest }));
    expect(error).toMatchObject({ code, status: 8, details: { asked, allowed, setting } });
    expect(error.message).toContain(String(allowed));
    expect(running.events).toHaveLength(spawned);
    await close(stream);
    expect(await leftovers(running)).toEqual(NOTHING_LEFT);
  });
});
