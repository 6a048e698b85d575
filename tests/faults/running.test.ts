import type { RemoteMediaError } from '@remotemedia/contract';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Message, WireStream } from '../harness/client.js';
import { chainOf, manifestOf, type Nodes } from '../harness/messages.js';
import { chunk, FaultBed } from './fault-bed.js';

let bed: FaultBed;

beforeAll(async () => {
  bed = await FaultBed.open();
});

afterEach(() => bed.check());

afterAll(() => bed.close());

const CHAIN = (bad: Nodes[string], multiprocess?: Message): Message =>
  chainOf({ in: 'PassThrough', bad, last: 'PassThrough' }, multiprocess);

/** Those that end a process which does nothing about them. Python itself ignores SIGPIPE, and the runner SIGINT. */
const FATAL_SIGNALS = [
  'SIGHUP',
  'SIGQUIT',
  'SIGILL',
  'SIGTRAP',
  'SIGABRT',
  'SIGBUS',
  'SIGFPE',
  'SIGKILL',
  'SIGUSR1',
  'SIGSEGV',
  'SIGUSR2',
  'SIGALRM',
  'SIGTERM',
  'SIGVTALRM',
  'SIGSYS',
] as const;

function expectCrash(error: RemoteMediaError | null, details: Message): void {
  expect(error).toMatchObject({ code: 'process.crashed', nodeId: 'bad', details });
}

describe('a signal from anywhere', () => {
  it.each(FATAL_SIGNALS)('%s ends an idle node, and with it its session', async (signal) => {
    const stream = bed.stream(CHAIN('EchoNode'), 'in', 1);
    const { session_id: session } = await stream.response('ready');
    await stream.response('result');
    process.kill(await bed.pidOf(session, 'bad'), signal);
    const { code, error } = await stream.ended;
    expect(code).toBe(10);
    expectCrash(error, { signal });
    expect(error?.message).toContain(`'bad' was killed by ${signal}`);
  });

  it.each(['SIGHUP', 'SIGABRT', 'SIGKILL', 'SIGSEGV', 'SIGTERM', 'SIGUSR1'] as const)(
    '%s ends a node at work, too',
    async (signal) => {
      const bad: Nodes[string] = ['HangInNode', { how: 'await' }];
      const stream = bed.stream(CHAIN(bad), 'in', 1);
      const { session_id: session } = await stream.response('ready');
      await worksOn(session);
      process.kill(await bed.pidOf(session, 'bad'), signal);
      const { code, error } = await stream.ended;
      expect(code).toBe(10);
      expectCrash(error, { signal });
    },
  );

  it('SIGSEGV leaves the Python stack in the error', async () => {
    const stream = bed.stream(CHAIN(['HangInNode', { how: 'block' }]), 'in', 1);
    const { session_id: session } = await stream.response('ready');
    await worksOn(session);
    process.kill(await bed.pidOf(session, 'bad'), 'SIGSEGV');
    const { error } = await stream.ended;
    expect(error?.message).toContain('on stderr: Fatal Python error: Segmentation fault');
    expect(error?.details.stderr?.join('\n')).toMatch(/hang_in\.py", line \d+ in _pass/);
  });

  it.each(['SIGINT', 'SIGPIPE', 'SIGCHLD', 'SIGWINCH', 'SIGCONT', 'SIGURG'] as const)(
    '%s means nothing',
    async (signal) => {
      const stream = bed.stream(CHAIN('EchoNode'), 'in', 1);
      const { session_id: session } = await stream.response('ready');
      await stream.response('result');
      process.kill(await bed.pidOf(session, 'bad'), signal);
      stream.send(chunk('in', 2));
      stream.call.end();
      expect((await stream.ended).code).toBe(0);
      expect(stream.all('result')).toHaveLength(2);
    },
  );
});

/** Resolves when the node that hangs has begun to work on a message in this session. */
function worksOn(session: unknown): Promise<string> {
  return bed.running.logged(String(session), 'hangs in process');
}

describe('an exit code', () => {
  it.each([0, 1, 2, 127, 137, 255])('%i ends the session, whatever it is', async (exitCode) => {
    for (const idle of [false, true]) {
      const stream = bed.stream(CHAIN(['ExitWithNode', { code: exitCode, idle }]), 'in', 1);
      const { code, error } = await stream.ended;
      expect(code).toBe(10);
      expectCrash(error, { exitCode });
      expect(error?.message).toContain(`'bad' exited with code ${exitCode}`);
    }
  });
});

describe('a node that hangs in process(), with process_timeout_secs', () => {
  const LIMIT = { process_timeout_secs: 0.5, cleanup_grace_period_secs: 0.2 };

  it.each([
    { how: 'await', found: /failed in process on message 1: ProcessTimeout: .*500 ms/, where: /hang_in\.py/ },
    { how: 'block', found: /failed in process on message 1: ProcessTimeout: .*500 ms/, where: /hang_in\.py/ },
  ])('is unresponsive ($how), and says where it hangs', async ({ how, found, where }) => {
    const stream = bed.stream(CHAIN(['HangInNode', { how }], LIMIT), 'in', 1);
    const { code, error } = await stream.ended;
    expect({ code, error }).toMatchObject({ code: 10, error: { code: 'process.unresponsive', nodeId: 'bad' } });
    expect(error?.message).toMatch(found);
    if (how === 'block') expect(error?.details.traceback).toMatch(where);
  });

  it('is unresponsive while it holds the GIL in C, and the interpreter still says where', async () => {
    const stream = bed.stream(CHAIN(['HangInNode', { how: 'gil' }], LIMIT), 'in', 1);
    const { code, error } = await stream.ended;
    expect({ code, error }).toMatchObject({
      code: 10,
      error: {
        code: 'process.unresponsive',
        nodeId: 'bad',
        message: expect.stringMatching(/has been in process\(\) for \d\.\d s on message 1, holding the interpreter/),
        details: { sequence: 1, setting: 'process_timeout_secs', allowed: 0.5 },
      },
    });
    expect(error?.details.stderr?.join('\n')).toMatch(/hang_in\.py", line \d+ in _pass/);
  });

  it('is unresponsive when it is stopped', async () => {
    const stream = bed.stream(CHAIN('EchoNode', LIMIT), 'in', 1);
    const { session_id: session } = await stream.response('ready');
    await stream.response('result');
    process.kill(await bed.pidOf(session, 'bad'), 'SIGSTOP');
    const { code, error } = await stream.ended;
    expect({ code, error }).toMatchObject({ code: 10, error: { code: 'process.unresponsive', nodeId: 'bad' } });
    expect(error?.message).toMatch(/gives no sign of life for 1 s: it is stopped/);
  });

  it('is left alone while it waits for a slow receiver', async () => {
    // One message of the first keeps it waiting for room for 1.5 s.
    const nodes: Nodes = { fast: ['BurstNode', { copies: 6 }], slow: ['PaceNode', { seconds: 0.3 }] };
    const stream = bed.stream(chainOf(nodes, { process_timeout_secs: 0.5, channel_capacity: 1 }), 'fast', 1);
    stream.send({ control: { command: 'COMMAND_CLOSE' } });
    expect((await stream.ended).code).toBe(0);
    expect(stream.all('result')).toHaveLength(6);
  });
});

describe('a node that hangs in flush(), with process_timeout_secs', () => {
  const LIMIT = { process_timeout_secs: 0.5, cleanup_grace_period_secs: 0.2 };

  /** A session whose inputs end: its node hangs then. */
  function ending(how: string): WireStream {
    const stream = bed.stream(CHAIN(['HangInNode', { hook: 'flush', how }], LIMIT), 'in', 1);
    stream.send({ control: { command: 'COMMAND_CLOSE' } });
    return stream;
  }

  it.each(['await', 'block'])(
    'is unresponsive (%s), says so of flush(), and keeps what it gave before',
    async (how) => {
      const stream = ending(how);
      const { code, error } = await stream.ended;
      expect({ code, error }).toMatchObject({ code: 10, error: { code: 'process.unresponsive', nodeId: 'bad' } });
      expect(error?.message).toBe(
        "Node 'bad' (HangInNode) failed in flush: " +
          'ProcessTimeout: flush() has not returned after 500 ms (process_timeout_secs)',
      );
      expect(error?.hint).toContain('raise process_timeout_secs');
      if (how === 'block') expect(error?.details.traceback).toMatch(/hang_in\.py", line \d+, in flush/);
      expect(stream.all('result')).toHaveLength(1);
    },
  );

  it('is unresponsive while it holds the GIL in C, and the interpreter still says where', async () => {
    const { code, error } = await ending('gil').ended;
    expect({ code, error }).toMatchObject({
      code: 10,
      error: {
        code: 'process.unresponsive',
        nodeId: 'bad',
        message: expect.stringMatching(
          /has been in flush\(\) for \d\.\d s, holding the interpreter \(process_timeout_secs is 0\.5\)/,
        ),
        details: { setting: 'process_timeout_secs', allowed: 0.5 },
      },
    });
    expect(error?.details).not.toHaveProperty('sequence');
    expect(error?.details.stderr?.join('\n')).toMatch(/hang_in\.py", line \d+ in flush/);
  });

  it('is left alone while it waits for a slow receiver', async () => {
    // What the first has to say in flush() keeps it waiting for room for over 2 s. The second has time to spare on a busy machine.
    const nodes: Nodes = { fast: ['BurstInFlushNode', { copies: 10 }], slow: ['PaceNode', { seconds: 0.3 }] };
    const stream = bed.stream(chainOf(nodes, { process_timeout_secs: 1, channel_capacity: 1 }), 'fast', 1);
    stream.send({ control: { command: 'COMMAND_CLOSE' } });
    expect(await stream.ended).toMatchObject({ code: 0, error: null });
    expect(stream.all('result')).toHaveLength(10);
  });
});

describe('the end of a node', () => {
  it('is the failure of flush()', async () => {
    const stream = bed.stream(CHAIN(['RaiseInNode', { hook: 'flush' }]), 'in', 2);
    stream.send({ control: { command: 'COMMAND_CLOSE' } });
    const { code, error } = await stream.ended;
    expect({ code, error }).toMatchObject({ code: 10, error: { code: 'node.failed', nodeId: 'bad' } });
    expect(error?.message).toMatch(/failed in flush: RuntimeError: broken in flush/);
  });

  it('bears a cleanup() that fails: the client has had everything', async () => {
    const stream = bed.stream(CHAIN(['RaiseInNode', { hook: 'cleanup' }]), 'in', 2);
    stream.send({ control: { command: 'COMMAND_CLOSE' } });
    expect((await stream.ended).code).toBe(0);
    expect(stream.all('result')).toHaveLength(2);
    expect(await bed.running.logged('failed in cleanup: RuntimeError: broken in cleanup')).toContain('[WARN]');
  });

  it.each(['await', 'block', 'gil'])('comes after the grace period when cleanup() never returns (%s)', async (how) => {
    const bad: Nodes[string] = ['HangInNode', { hook: 'cleanup', how }];
    const stream = bed.stream(CHAIN(bad, { cleanup_grace_period_secs: 0.3 }), 'in', 1);
    await stream.response('result');
    const startedMs = performance.now();
    stream.send({ control: { command: 'COMMAND_CLOSE' } });
    expect((await stream.ended).code).toBe(0);
    // Grace, then SIGTERM and its half second, then SIGKILL.
    expect(performance.now() - startedMs).toBeLessThan(1300);
  });

  it('of a stopped node that is cancelled comes after the grace period', async () => {
    const stream = bed.stream(CHAIN('EchoNode', { cleanup_grace_period_secs: 0.2 }), 'in', 1);
    const { session_id: session } = await stream.response('ready');
    await stream.response('result');
    process.kill(await bed.pidOf(session, 'bad'), 'SIGSTOP');
    stream.send({ control: { command: 'COMMAND_CANCEL' } });
    expect((await stream.ended).code).toBe(1);
    await bed.over(session);
  });
});

describe('two nodes that fail', () => {
  it('end with the first cause, and the second is marked', async () => {
    const nodes: Nodes = {
      in: 'PassThrough',
      first: ['ExitWithNode', { code: 7 }],
      second: ['RaiseInNode', { hook: 'cleanup' }],
    };
    const stream = bed.stream(manifestOf(nodes, ['in>first', 'in>second']), 'in', 1);
    const { error } = await stream.ended;
    expect(error).toMatchObject({ code: 'process.crashed', nodeId: 'first', details: { exitCode: 7 } });
  });

  it('in a chain end with the one that died, though its neighbours lose their connection first', async () => {
    const nodes: Nodes = { in: 'PassThrough', a: 'EchoNode', bad: ['KillSelfNode', { after: 1 }], b: 'EchoNode' };
    const stream = bed.stream(chainOf(nodes), 'in', 20);
    const { error } = await stream.ended;
    expectCrash(error, { signal: 'SIGKILL' });
  });
});
