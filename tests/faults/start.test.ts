import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Message } from '../harness/client.js';
import { chainOf, manifestOf, type Nodes, outputOf } from '../harness/messages.js';
import { chunk, FaultBed } from './fault-bed.js';

let bed: FaultBed;

beforeAll(async () => {
  bed = await FaultBed.open();
});

afterEach(() => bed.check());

afterAll(() => bed.close());

interface StartFault {
  readonly name: string;
  readonly bad: Nodes[string];
  readonly multiprocess?: Message;
  readonly code: string;
  readonly status: number;
  readonly message: RegExp;
  readonly details?: Message;
}

const TIMEOUT = { init_timeout_secs: 2, cleanup_grace_period_secs: 0.2 };

const FAULTS: readonly StartFault[] = [
  {
    name: 'needs a module that is not there',
    bad: 'MissingAtImportNode',
    code: 'process.init_failed',
    status: 9,
    message: /'bad'.* failed in import: ModuleNotFoundError: No module named 'no_such_library'/,
    details: { traceback: expect.stringContaining('missing_at_import.py') },
  },
  {
    name: 'has a syntax error',
    bad: 'SyntaxErrorAtImportNode',
    code: 'process.init_failed',
    status: 9,
    message: /'bad'.* failed in import: SyntaxError/,
    details: { traceback: expect.stringContaining('def broken(:') },
  },
  {
    name: 'calls sys.exit() while it is imported',
    bad: 'SysExitAtImportNode',
    code: 'process.init_failed',
    status: 9,
    message: /'bad'.* failed in import: SystemExit: no licence/,
  },
  {
    name: 'exits with code 0 while it is imported',
    bad: 'Exit0AtImportNode',
    code: 'process.init_failed',
    status: 9,
    message: /'bad'.* exited with code 0 before it was ready/,
    details: { exitCode: 0 },
  },
  {
    name: 'exits with code 3 while it is imported',
    bad: 'Exit3AtImportNode',
    code: 'process.init_failed',
    status: 9,
    message: /'bad'.* exited with code 3 before it was ready/,
    details: { exitCode: 3 },
  },
  {
    name: 'never comes back from its import',
    bad: 'HangAtImportNode',
    multiprocess: TIMEOUT,
    code: 'process.init_timeout',
    status: 4,
    message:
      /Process spawn timeout: node 'bad'.* after 2 s \(last progress: importing module hang_at_import for \d s\)/,
  },
  {
    name: 'waits for ever in initialize()',
    bad: ['HangInNode', { hook: 'initialize', how: 'await' }],
    multiprocess: TIMEOUT,
    code: 'process.init_timeout',
    status: 4,
    message: /last progress: initialize\(\) running.*; init_timeout_secs is 2 \(manifest\): increase init_timeout_secs/,
    details: { stderr: ['hangs in initialize: await'], setting: 'init_timeout_secs', allowed: 2 },
  },
  {
    name: 'holds the GIL in C for longer than the timeout',
    bad: ['HangInNode', { hook: 'initialize', how: 'gil' }],
    multiprocess: TIMEOUT,
    code: 'process.init_timeout',
    status: 4,
    message: /last progress: initialize\(\) running.*; last line on stderr: hangs in initialize: gil/,
    details: { stderr: ['hangs in initialize: gil'] },
  },
  {
    name: 'closes every descriptor that it did not open',
    bad: ['CloseDescriptorsNode', { first: 3, last: 1023 }],
    code: 'process.init_failed',
    status: 9,
    // Who is first: the thread that misses the control connection, or the one that goes on without its descriptors.
    message:
      /'bad'.* (was killed by SIGKILL before .* the control connection is gone|exited with code 1 before .* Bad file descriptor)/,
  },
];

describe('a node that', () => {
  it.each(FAULTS)('$name fails to start, with the reason', async ({ bad, multiprocess, code, status, ...more }) => {
    const stream = bed.stream(chainOf({ first: 'PassThrough', bad, last: 'EchoNode' }, multiprocess), 'first', 1);
    const sent = await stream.response('error');
    expect(sent).toMatchObject({ code, failing_node_id: 'bad' });
    const end = await stream.ended;
    expect(end).toMatchObject({ code: status, error: { code, nodeId: 'bad' } });
    expect(end.error?.message).toMatch(more.message);
    if (more.details !== undefined) expect(end.error?.details).toMatchObject(more.details);
    const told = stream
      .all('init_progress')
      .filter(({ status: state }) => state === 'INIT_STATUS_ERROR' || state === 'error');
    expect(told).toMatchObject([{ node_id: 'bad' }]);
  });
});

describe('a node with the habit', () => {
  it.each([
    'change directory',
    'replace output',
    'handle signals',
    'start a session',
    'print without end',
    'clear environment',
  ])('"%s" works, and goes when it is told to', async (habit) => {
    const manifest = chainOf({ in: 'PassThrough', bad: ['IllManneredNode', { habit }] });
    const stream = bed.stream(manifest, 'in', 2);
    stream.send({ control: { command: 'COMMAND_CLOSE' } });
    expect((await stream.ended).code).toBe(0);
    expect(stream.all('result')).toHaveLength(2);
    const cancelled = bed.stream(manifest, 'in', 1);
    const { session_id: session } = await cancelled.response('ready');
    await cancelled.response('result');
    cancelled.send({ control: { command: 'COMMAND_CANCEL' } });
    expect((await cancelled.ended).code).toBe(1);
    await bed.over(session);
  });

  it.each([
    ['standard output', 1],
    ['standard error', 2],
  ])('of closing %s works all the same', async (_name, descriptor) => {
    const bad: Nodes[string] = ['CloseDescriptorsNode', { first: descriptor, last: descriptor }];
    const stream = bed.stream(chainOf({ in: 'PassThrough', bad }), 'in', 2);
    stream.send({ control: { command: 'COMMAND_CLOSE' } });
    expect((await stream.ended).code).toBe(0);
    expect(stream.all('result')).toHaveLength(2);
  });
});

describe('a start', () => {
  it('is told of at least once a second for each node, whatever the node says', async () => {
    const nodes: Nodes = {
      mute: ['HangInNode', { hook: 'initialize', how: 'block' }],
      stuck: 'HangAtImportNode',
      talks: ['SlowInitNode', { steps: 2, step_secs: 600 }],
    };
    const stream = bed.client.stream();
    const toldMs = new Map<string, number[]>(Object.keys(nodes).map((id) => [id, []]));
    stream.call.on('data', ({ init_progress: progress }: Message) => {
      if (progress != null) toldMs.get(String((progress as Message)['node_id']))?.push(performance.now());
    });
    stream.read();
    const beganMs = performance.now();
    stream.send({ init: { manifest: manifestOf(nodes, [], { ...TIMEOUT, init_timeout_secs: 4 }) } });
    const { error } = await stream.ended;
    expect(error).toMatchObject({ code: 'process.init_timeout' });
    const messages = (id: string): unknown[] =>
      stream.all('init_progress').flatMap(({ node_id: node, message }) => (node === id ? [message] : []));
    expect(messages('mute')).toContainEqual('initialize() running for 1 s');
    expect(messages('stuck')).toContainEqual('importing module hang_at_import for 1 s');
    expect(messages('talks')).toContainEqual('step 1 of 2 (initialize() running for 1 s)');
    for (const times of toldMs.values()) {
      const gaps = [beganMs, ...times].map((time, index, all) => (all[index + 1] ?? time) - time);
      expect(Math.max(...gaps)).toBeLessThan(1000);
    }
    const events = bed.running.events.filter((event) => event.type === 'node.progress' && event.node === 'mute');
    expect(events.length).toBeGreaterThanOrEqual(4);
  });

  it('does not drown the client in the progress of a node that tells of everything', async () => {
    const stream = bed.stream(chainOf({ chatty: ['SlowInitNode', { steps: 20_000, step_secs: 0 }] }), 'chatty', 1);
    const result = await stream.response('result');
    expect(outputOf(result, 'chatty')).toBeDefined();
    expect(stream.all('init_progress').length).toBeLessThan(1500);
    stream.send(chunk('chatty', 2));
    stream.call.end();
    expect((await stream.ended).code).toBe(0);
  });
});
