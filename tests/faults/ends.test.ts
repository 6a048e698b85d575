import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Message, WireStream } from '../harness/client.js';
import { chainOf, manifestOf } from '../harness/messages.js';
import { chunk, FaultBed } from './fault-bed.js';

let bed: FaultBed;

beforeAll(async () => {
  bed = await FaultBed.open();
});

afterEach(() => bed.check());

afterAll(() => bed.close());

const GRACE_MS = 400;
const SETTINGS = { cleanup_grace_period_secs: GRACE_MS / 1000 };

const MANIFESTS: Readonly<Record<string, { manifest: Message; limitMs: number }>> = {
  'one Python node': { manifest: chainOf({ in: 'PassThrough', bad: 'EchoNode' }, SETTINGS), limitMs: 1000 },
  'three in a chain': {
    manifest: chainOf({ in: 'PassThrough', bad: 'EchoNode', b: 'EchoNode', c: 'CounterNode' }, SETTINGS),
    limitMs: 1000,
  },
  'two branches and native nodes': {
    manifest: manifestOf(
      { in: 'PassThrough', bad: 'EchoNode', b: 'EchoNode', c: 'PassThrough', d: 'EchoNode' },
      ['in>bad', 'in>b', 'bad>c', 'b>c', 'c>d'],
      SETTINGS,
    ),
    limitMs: 1000,
  },
  'a node that resists': {
    manifest: chainOf({ in: 'PassThrough', bad: 'EchoNode', b: 'IgnoreSigtermNode' }, SETTINGS),
    limitMs: GRACE_MS + 1000,
  },
  'a node that holds the GIL in cleanup()': {
    manifest: chainOf(
      { in: 'PassThrough', bad: 'EchoNode', b: ['HangInNode', { hook: 'cleanup', how: 'gil' }] },
      SETTINGS,
    ),
    limitMs: GRACE_MS + 1000,
  },
};

/** Each brings about the end of a session that runs. */
const ENDS: Readonly<Record<string, (stream: WireStream, session: unknown) => Promise<void> | void>> = {
  'it is closed': (stream) => void stream.send({ control: { command: 'COMMAND_CLOSE' } }),
  'its client has no more to send': (stream) => void stream.call.end(),
  'its client cancels': (stream) => void stream.send({ control: { command: 'COMMAND_CANCEL' } }),
  'its client is gone': (stream) => stream.call.cancel(),
  'it fails': async (_stream, session) => {
    process.kill(await bed.pidOf(session, 'bad'), 'SIGKILL');
  },
};

describe.each(Object.entries(MANIFESTS))('of a session with %s nothing is left', (_name, { manifest, limitMs }) => {
  it.each(Object.entries(ENDS))(`within ${limitMs} ms when %s`, async (_end, bringAbout) => {
    const stream = bed.stream(manifest, 'in', 3);
    const { session_id: session } = await stream.response('ready');
    stream.send(chunk('in', 4));
    const pids = bed.running.service.processes.filter(({ sessionId }) => sessionId === session);
    const exits = pids.map(({ pid }) =>
      bed.running.event((event) => event.type === 'process.exited' && event.pid === pid),
    );
    const startedMs = performance.now();
    await bringAbout(stream, session);
    await Promise.all([bed.over(session), ...exits]);
    expect(performance.now() - startedMs).toBeLessThan(limitMs);
  });
});
