import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { encodeMessage, wire } from '@remotemedia/contract';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WireClient } from '../harness/client.js';
import { chainOf, type Nodes } from '../harness/messages.js';
import { leftovers, NOTHING_LEFT, startTestService } from '../harness/service.js';
import { chunk, FaultBed } from './fault-bed.js';

let bed: FaultBed;

beforeAll(async () => {
  bed = await FaultBed.open();
});

afterEach(() => bed.check());

afterAll(() => bed.close());

const CANCEL = { control: { command: 'COMMAND_CANCEL' } };
const CLOSE = { control: { command: 'COMMAND_CLOSE' } };
const ECHO: Nodes = { in: 'PassThrough', echo: 'EchoNode' };
const SLOW: Nodes = { in: 'PassThrough', slow: ['SlowInitNode', { steps: 2, step_secs: 600 }] };

/** The session whose node `node` has started last. */
async function startedSession(node: string, past: number): Promise<unknown> {
  const started = await bed.running.event(
    (event) => event.type === 'process.started' && event.node === node && bed.running.events.indexOf(event) >= past,
  );
  return started.type === 'process.started' ? started.session : null;
}

describe('a client that', () => {
  it('cancels before its session is ready is told so, and nothing is left', async () => {
    const stream = bed.stream(chainOf(SLOW));
    await stream.response('init_progress');
    stream.send(CANCEL);
    expect(await stream.ended).toMatchObject({ code: 1, error: { code: 'session.cancelled' } });
    expect(stream.all('ready')).toEqual([]);
  });

  it('cancels right after its init is told so', async () => {
    const stream = bed.stream(chainOf(SLOW));
    stream.send(CANCEL);
    expect(await stream.ended).toMatchObject({ code: 1, error: { code: 'session.cancelled' } });
  });

  it('cancels twice is told once', async () => {
    const stream = bed.stream(chainOf(ECHO), 'in', 3);
    await stream.response('result');
    stream.send(CANCEL);
    stream.send(CANCEL);
    stream.call.cancel();
    const { code } = await stream.ended;
    expect(code).toBe(1);
    const { session_id: session } = await stream.response('ready');
    await bed.over(session);
  });

  it('cancels while its nodes flush waits for no flush', async () => {
    const stream = bed.stream(chainOf({ in: 'PassThrough', bad: ['HangInNode', { hook: 'flush' }] }), 'in', 1);
    const { session_id: session } = await stream.response('ready');
    stream.send(CLOSE);
    await bed.running.logged(String(session), 'hangs in flush');
    stream.send(CANCEL);
    expect(await stream.ended).toMatchObject({ code: 1, error: { code: 'session.cancelled' } });
  });

  it('goes while its nodes flush leaves nothing behind', async () => {
    const stream = bed.stream(chainOf({ in: 'PassThrough', bad: ['HangInNode', { hook: 'flush' }] }), 'in', 1);
    const { session_id: session } = await stream.response('ready');
    stream.call.end();
    await bed.running.logged(String(session), 'hangs in flush');
    stream.call.cancel();
    await bed.over(session);
  });

  it('goes while its nodes start leaves nothing behind', async () => {
    const past = bed.running.events.length;
    const stream = bed.stream(chainOf(SLOW));
    const session = await startedSession('slow', past);
    stream.call.cancel();
    await bed.over(session);
  });

  it('has sent everything before its session is ready gets everything', async () => {
    const nodes: Nodes = { in: 'PassThrough', slow: ['SlowInitNode', { steps: 2, step_secs: 0.2 }] };
    const stream = bed.stream(chainOf(nodes), 'in', 5);
    stream.call.end();
    expect((await stream.ended).code).toBe(0);
    expect(stream.all('result')).toHaveLength(5);
  });

  it('has a deadline is told when it has passed, at any phase', async () => {
    for (const nodes of [SLOW, { in: 'PassThrough', bad: 'HangInNode' } satisfies Nodes]) {
      const stream = bed.client.stream({ deadline: Date.now() + 1200 }).read();
      const past = bed.running.events.length;
      stream.send({ init: { manifest: chainOf(nodes, { cleanup_grace_period_secs: 0.2 }) } });
      stream.send(chunk('in', 1));
      const session = await startedSession(Object.keys(nodes)[1] ?? '', past);
      expect((await stream.ended).code).toBe(4);
      await bed.over(session);
    }
  });

  it('loses its connection ends its session', async () => {
    const other = new WireClient(bed.running.address);
    const stream = other.stream().read();
    stream.send({ init: { manifest: chainOf(ECHO) } });
    const { session_id: session } = await stream.response('ready');
    other.close();
    stream.call.cancel();
    await bed.over(session);
  });
});

describe('a client that stands still without closing its connection', () => {
  const HALF_OPEN = fileURLToPath(new URL('../harness/half-open-client.mjs', import.meta.url));

  function startClient(address: string): ChildProcess {
    const manifest = { version: 'v1', nodes: [{ id: 'echo', node_type: 'EchoNode' }], connections: [] };
    const value = wire.StreamInit.fromPartial({ manifestJson: JSON.stringify(manifest) });
    const bytes = encodeMessage(wire.StreamRequest, { request: { $case: 'init', value } });
    const init = Buffer.from(bytes).toString('base64');
    return spawn(process.execPath, [HALF_OPEN, address, init], { stdio: ['ignore', 'pipe', 'inherit'] });
  }

  it('is found out by a ping without an answer, and its session ends', async () => {
    const running = await startTestService({}, { keepalive: { intervalMs: 300, timeoutMs: 300 } });
    const client = startClient(running.address);
    try {
      const ready = await running.event((event) => event.type === 'process.ready');
      client.kill('SIGSTOP');
      const startedMs = performance.now();
      await running.event((event) => event.type === 'session.ended' && event.errorCode === 'session.cancelled');
      expect(ready.type).toBe('process.ready');
      expect(performance.now() - startedMs).toBeLessThan(2600);
      expect(await leftovers(running)).toEqual(NOTHING_LEFT);
    } finally {
      client.kill('SIGKILL');
      await once(client, 'close');
      await running.close();
    }
  });
});
