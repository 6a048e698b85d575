import { fileURLToPath } from 'node:url';
import type { RemoteMediaError } from '@remotemedia/contract';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { failureOf, type Message, WireClient, type WireStream } from './harness/client.js';
import { audioOf, chainOf, manifestOf, type Nodes, outputOf, samplesOf } from './harness/messages.js';
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

/** A session that runs beside the one that fails, and must not notice. */
class Neighbour {
  readonly #stream: WireStream;
  #sent = 0;

  constructor() {
    this.#stream = client.stream().read();
    this.#stream.send({ init: { manifest: chainOf({ in: 'PassThrough', echo: 'EchoNode' }) } });
  }

  async ready(): Promise<void> {
    await this.#stream.response('ready');
  }

  send(chunks: number): void {
    for (let i = 0; i < chunks; i += 1) {
      this.#sent += 1;
      this.#stream.send({ data_chunk: { node_id: 'in', buffer: audioOf(64, this.#sent), sequence: this.#sent } });
    }
  }

  /** Ends the session and checks that every chunk came back as it was sent. */
  async check(): Promise<void> {
    this.#stream.send({ control: { command: 'COMMAND_CLOSE' } });
    expect((await this.#stream.ended).code).toBe(0);
    const results = this.#stream.all('result');
    expect(results.map(({ sequence }) => sequence)).toEqual(Array.from({ length: this.#sent }, (_, i) => i + 1));
    for (const result of results) {
      expect(samplesOf(outputOf(result, 'echo'))).toEqual(samplesOf(audioOf(64, Number(result['sequence']))));
    }
  }
}

interface Expected {
  readonly code: string;
  readonly status: number;
  readonly message: RegExp;
  readonly traceback?: RegExp;
  readonly details?: Message;
}

function expectError(error: RemoteMediaError | null, expected: Expected): void {
  expect(error).toMatchObject({ code: expected.code, nodeId: 'bad', message: expect.stringMatching(expected.message) });
  if (expected.traceback !== undefined) expect(error?.details.traceback).toMatch(expected.traceback);
  if (expected.details !== undefined) expect(error?.details).toMatchObject(expected.details);
}

const FAULTS: readonly (Expected & {
  readonly name: string;
  readonly bad: Nodes[string];
  readonly multiprocess?: Message;
})[] = [
  {
    name: 'an exception in initialize',
    bad: 'CrashOnInitNode',
    code: 'process.init_failed',
    status: 9,
    message: /'bad'.*FileNotFoundError: no model at/,
    traceback: /crash_on_init\.py.*\n.*raise FileNotFoundError/s,
  },
  {
    name: 'an exception in process',
    bad: ['RaiseInProcessNode', { after: 2 }],
    code: 'node.failed',
    status: 10,
    message: /'bad'.*ValueError: cannot read this audio/,
    traceback: /raise_in_process\.py/,
  },
  {
    name: 'os._exit(3)',
    bad: 'Exit3Node',
    code: 'process.crashed',
    status: 10,
    message: /'bad' exited with code 3/,
    details: { exitCode: 3, stderr: expect.arrayContaining([expect.stringContaining('device lost')]) },
  },
  {
    name: 'kill -9',
    bad: ['KillSelfNode', { after: 2 }],
    code: 'process.crashed',
    status: 10,
    message: /'bad' was killed by SIGKILL/,
    details: { signal: 'SIGKILL' },
  },
  {
    name: 'an init timeout',
    bad: ['SlowInitNode', { steps: 2, step_secs: 600 }],
    // Enough for the others to start on a busy machine.
    multiprocess: { init_timeout_secs: 3 },
    code: 'process.init_timeout',
    status: 4,
    message: /Process spawn timeout: node 'bad'.*step 1 of 2.*increase init_timeout_secs/,
  },
];

describe.each(FAULTS)('$name', ({ bad, multiprocess, ...expected }) => {
  const nodes: Nodes = { in: 'PassThrough', first: 'EchoNode', bad, last: 'EchoNode', out: 'PassThrough' };
  const manifest = chainOf(nodes, multiprocess);
  let neighbour: Neighbour;

  beforeEach(async () => {
    neighbour = new Neighbour();
    await neighbour.ready();
    neighbour.send(20);
  });

  afterEach(async () => {
    neighbour.send(20);
    await neighbour.check();
    expect(await leftovers(running)).toEqual(NOTHING_LEFT);
  });

  it('fails a unary call with the node, the code and the traceback', async () => {
    // Three frames, so that a node which fails at the third gets that far.
    const cut: Nodes = { cut: ['AudioChunkerNode', { chunk_size: 100 }], ...nodes };
    const error = await failureOf(
      client.execute({ manifest: chainOf(cut, multiprocess), data_inputs: { cut: audioOf(300) } }),
    );
    expect(error.status).toBe(expected.status);
    expectError(error, expected);
  });

  it('sends a stream the whole error and then ends it with that status', async () => {
    const stream = client.stream().read();
    stream.send({ init: { manifest } });
    for (const sequence of [1, 2, 3]) stream.send({ data_chunk: { node_id: 'in', buffer: audioOf(32), sequence } });
    const sent = await stream.response('error');
    expect(sent).toMatchObject({ code: expected.code, failing_node_id: 'bad' });
    const { code, error } = await stream.ended;
    expect(code).toBe(expected.status);
    expectError(error, expected);
    if (expected.traceback !== undefined) expect(sent['stack_trace']).toMatch(expected.traceback);
  });
});

describe('a kill -9 from outside', () => {
  it('ends the session with the signal, and only that session', async () => {
    const neighbour = new Neighbour();
    await neighbour.ready();
    const stream = client.stream().read();
    stream.send({ init: { manifest: chainOf({ first: 'EchoNode', bad: 'EchoNode', last: 'EchoNode' }) } });
    const { session_id: session } = await stream.response('ready');
    stream.send({ data_chunk: { node_id: 'first', buffer: audioOf(32), sequence: 1 } });
    await stream.response('result');
    const victim = running.service.processes.find(({ sessionId, nodeId }) => sessionId === session && nodeId === 'bad');
    process.kill(victim?.pid ?? 0, 'SIGKILL');
    const { code, error } = await stream.ended;
    expect(code).toBe(10);
    expectError(error, {
      code: 'process.crashed',
      status: 10,
      message: /killed by SIGKILL/,
      details: { signal: 'SIGKILL' },
    });
    neighbour.send(20);
    await neighbour.check();
    expect(await leftovers(running)).toEqual(NOTHING_LEFT);
  });
});

describe('a manifest that cannot run', () => {
  async function refusalOf(manifest: Message): Promise<RemoteMediaError & { status: number }> {
    const spawned = running.events.length;
    const error = await failureOf(client.execute({ manifest }));
    expect(running.events.length).toBe(spawned);
    return error;
  }

  it('names an unknown node type and what it may have meant', async () => {
    const error = await refusalOf(chainOf({ ok: 'EchoNode', bad: 'AudioChunkrNode' }));
    expect(error).toMatchObject({ code: 'manifest.unknown_node_type', nodeId: 'bad', status: 3 });
    expect(error.message).toMatch(/^Manifest validation error: Unknown node type 'AudioChunkrNode'.*AudioChunkerNode/);
  });

  it('names a bad parameter of a native node', async () => {
    const error = await refusalOf(chainOf({ bad: ['AudioChunkerNode', { chunk_size: 'many' }] }));
    expect(error).toMatchObject({ code: 'manifest.bad_params', nodeId: 'bad', status: 3 });
    expect(error.details.problems).toMatchObject([{ path: 'nodes[0].params.chunk_size' }]);
  });

  it('names a bad parameter of a Python node', async () => {
    const error = await refusalOf(chainOf({ bad: ['TypedParamsNode', { voice: 'bob', speed: 'fast' }] }));
    expect(error).toMatchObject({ code: 'manifest.bad_params', nodeId: 'bad', status: 3 });
    expect(error.details.problems?.map(({ path }) => path).sort()).toEqual([
      'nodes[0].params.speed',
      'nodes[0].params.voice',
    ]);
  });

  it('shows a cycle', async () => {
    const error = await refusalOf(manifestOf({ a: 'EchoNode', b: 'EchoNode' }, ['a>b', 'b>a']));
    expect(error).toMatchObject({ code: 'manifest.cycle', status: 3, message: expect.stringContaining('a → b → a') });
  });

  it('shows an id that is used twice', async () => {
    const { nodes, ...manifest } = manifestOf({ a: 'EchoNode' });
    const error = await refusalOf({ ...manifest, nodes: [...(nodes as Message[]), ...(nodes as Message[])] });
    expect(error).toMatchObject({ code: 'manifest.duplicate_id', nodeId: 'a', status: 3 });
  });

  it('says all that is wrong at once, form and node types alike', async () => {
    const manifest = manifestOf({ a: 'NoSuchNode', 'b c': 'EchoNode', d: ['AudioChunkerNode', { chunk_size: 0 }] }, [
      'a>x',
    ]);
    const error = await refusalOf(manifest);
    expect(error).toMatchObject({ code: 'manifest.invalid', status: 3 });
    const paths = error.details.problems?.map(({ path }) => path).sort();
    expect(paths).toEqual(['connections[0].to', 'nodes[0].node_type', 'nodes[1].id', 'nodes[2].params.chunk_size']);
  });

  it('is refused before anything is spawned when it needs more processes than it may have', async () => {
    const error = await refusalOf(chainOf({ a: 'EchoNode', b: 'EchoNode' }, { max_processes_per_session: 1 }));
    expect(error).toMatchObject({ code: 'limit.processes', status: 8 });
    expect(error.details).toMatchObject({ asked: 2, allowed: 1, setting: 'max_processes_per_session' });
  });

  it('is told about input for a node that it does not have', async () => {
    const call = client.execute({ manifest: chainOf({ echo: 'EchoNode' }), data_inputs: { ecco: audioOf(1) } });
    expect(await failureOf(call)).toMatchObject({ code: 'input.invalid', message: expect.stringContaining('echo') });
  });

  it('is told about input of a kind that the node does not take', async () => {
    const manifest = chainOf({ cut: 'AudioChunkerNode' });
    const call = client.execute({ manifest, data_inputs: { cut: { text: { text_data: Buffer.from('x') } } } });
    expect(await failureOf(call)).toMatchObject({ code: 'input.invalid', nodeId: 'cut', status: 3 });
  });
});

describe('a service with a module that cannot be imported', () => {
  it('says so at its start, and again where a node of it may be missed', async () => {
    const path = fileURLToPath(new URL('fixtures/nodes/import-error', import.meta.url));
    const broken = await startTestService({ multiprocess: { python: { extra_paths: [path] } } });
    const other = new WireClient(broken.address);
    try {
      expect(broken.log.join('')).toMatch(
        /could not be imported: ModuleNotFoundError: No module named.*\n\s+Traceback/,
      );
      const error = await failureOf(other.execute({ manifest: chainOf({ bad: 'NeedsMissingModuleNode' }) }));
      expect(error).toMatchObject({ code: 'manifest.unknown_node_type', nodeId: 'bad' });
      expect(error.hint).toContain('ModuleNotFoundError');
    } finally {
      other.close();
      await broken.close();
    }
  });
});

describe('a service without a usable Python', () => {
  it('runs native pipelines, and says what is wrong with its interpreter when a Python node is asked for', async () => {
    const lonely = await startTestService({ multiprocess: { python: { executable: '/no/such/python' } } });
    const other = new WireClient(lonely.address);
    try {
      const manifest = chainOf({ in: 'PassThrough', cut: 'AudioChunkerNode' });
      expect(await other.execute({ manifest, data_inputs: { in: audioOf(2000) } })).toMatchObject({
        status: 'SUCCESS',
      });
      const error = await failureOf(other.execute({ manifest: chainOf({ bad: 'EchoNode' }) }));
      expect(error).toMatchObject({
        code: 'process.spawn_failed',
        message: expect.stringContaining('/no/such/python'),
      });
    } finally {
      other.close();
      await lonely.close();
    }
  });
});
