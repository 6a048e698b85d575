import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failureOf, type Message, WireClient } from './harness/client.js';
import { audioOf, chainOf } from './harness/messages.js';
import { leftovers, NOTHING_LEFT, startTestService, type TestService } from './harness/service.js';

let running: TestService;
let client: WireClient;
let folder: string;

beforeAll(async () => {
  running = await startTestService();
  client = new WireClient(running.address);
  folder = await mkdtemp(join(tmpdir(), 'rm-lifecycle-'));
});

afterAll(async () => {
  client.close();
  await running.close();
  await rm(folder, { recursive: true, force: true });
});

const chunk = (nodeId: string, sequence: number): Message => ({
  data_chunk: { node_id: nodeId, buffer: audioOf(160), sequence },
});

/** Resolves when the session of a stream is over. */
function over(service: TestService, session: unknown): Promise<unknown> {
  return service.event((event) => event.type === 'session.ended' && event.session === session);
}

describe('whatever ends a session', () => {
  it('is over within a second when its client goes, and cleanup() has run', async () => {
    const marker = join(folder, 'disconnect');
    const stream = client.stream().read();
    stream.send({ init: { manifest: chainOf({ mark: ['MarkCleanupNode', { marker }], echo: 'EchoNode' }) } });
    const { session_id: session } = await stream.response('ready');
    stream.send(chunk('mark', 1));
    await stream.response('result');
    const startedMs = performance.now();
    stream.call.cancel();
    await over(running, session);
    expect(performance.now() - startedMs).toBeLessThan(1000);
    expect(await readFile(marker, 'utf8')).toBe('clean');
    expect(await leftovers(running)).toEqual(NOTHING_LEFT);
  });

  it('is over when the whole connection breaks', async () => {
    const other = new WireClient(running.address);
    const stream = other.stream().read();
    stream.send({ init: { manifest: chainOf({ a: 'EchoNode' }) } });
    const { session_id: session } = await stream.response('ready');
    other.close();
    stream.call.cancel();
    await over(running, session);
    expect(await leftovers(running)).toEqual(NOTHING_LEFT);
  });

  it('is over when a unary call is cancelled while its nodes start', async () => {
    const manifest = chainOf({ slow: ['SlowInitNode', { steps: 2, step_secs: 600 }] });
    const { call, answer } = client.startExecute({ manifest });
    const failure = failureOf(answer);
    const started = await running.event((event) => event.type === 'process.started' && event.node === 'slow');
    call.cancel();
    expect((await failure).status).toBe(1);
    await over(running, started.session);
    expect(await leftovers(running)).toEqual(NOTHING_LEFT);
  });

  it('is over when the deadline of a call has passed', async () => {
    const ended = running.service.metrics.sessions.ended;
    const manifest = chainOf({ hang: 'HangNode' }, { cleanup_grace_period_secs: 0.2 });
    const call = client.execute({ manifest, data_inputs: { hang: audioOf(1) } }, { deadline: Date.now() + 1500 });
    expect((await failureOf(call)).status).toBe(4);
    await running.event((event) => event.type === 'session.ended' && event.errorCode === 'session.deadline');
    expect(running.service.metrics.sessions.ended).toBe(ended + 1);
    expect(await leftovers(running)).toEqual(NOTHING_LEFT);
  });

  it('is over when the time that its own request allows has passed', async () => {
    const manifest = chainOf({ hang: 'HangNode' }, { cleanup_grace_period_secs: 0.2 });
    const limits = { max_timeout_ms: 1000 };
    const call = client.execute({ manifest, data_inputs: { hang: audioOf(1) }, resource_limits: limits });
    expect(await failureOf(call)).toMatchObject({ code: 'session.deadline', status: 4 });
  });

  it('is over within its grace when a node resists', async () => {
    const stream = client.stream().read();
    const manifest = chainOf({ stubborn: 'IgnoreSigtermNode' }, { cleanup_grace_period_secs: 0.3 });
    stream.send({ init: { manifest } });
    await stream.response('ready');
    const startedMs = performance.now();
    stream.send({ control: { command: 'COMMAND_CANCEL' } });
    expect((await stream.ended).code).toBe(1);
    expect(performance.now() - startedMs).toBeLessThan(1300);
    expect(await leftovers(running)).toEqual(NOTHING_LEFT);
  });
});

describe('a service', () => {
  it('drains: what runs may finish, what is new is refused', async () => {
    const draining = await startTestService();
    const other = new WireClient(draining.address);
    const stream = other.stream().read();
    stream.send({ init: { manifest: chainOf({ a: 'EchoNode' }) } });
    await stream.response('ready');
    const closed = draining.service.close({ graceful: true });
    expect(await failureOf(other.execute({ manifest: chainOf({ a: 'PassThrough' }) }))).toMatchObject({
      code: 'service.draining',
      status: 14,
    });
    stream.send(chunk('a', 1));
    stream.send({ control: { command: 'COMMAND_CLOSE' } });
    expect((await stream.ended).code).toBe(0);
    expect(stream.all('result')).toHaveLength(1);
    await closed;
    other.close();
    await draining.close();
  });

  it('ends at once when it must, and tells the sessions that run', async () => {
    const closing = await startTestService();
    const other = new WireClient(closing.address);
    const stream = other.stream().read();
    stream.send({ init: { manifest: chainOf({ a: 'EchoNode' }) } });
    await stream.response('ready');
    const { channel } = closing.service;
    await closing.close();
    expect((await stream.ended).error).toMatchObject({ code: 'service.draining' });
    const left = await leftovers(closing).catch(() => NOTHING_LEFT);
    expect({ ...left, roots: [] }).toEqual(NOTHING_LEFT);
    expect(channel).not.toBeNull();
    other.close();
  });

  it('takes no more sessions and processes than it is allowed', async () => {
    const small = await startTestService({ limits: { max_sessions: 1, max_processes: 2 } });
    const other = new WireClient(small.address);
    const many = chainOf({ a: 'EchoNode', b: 'EchoNode', c: 'EchoNode' });
    expect(await failureOf(other.execute({ manifest: many }))).toMatchObject({
      code: 'limit.processes',
      details: { asked: 3, allowed: 2, setting: 'limits.max_processes' },
    });
    const stream = other.stream().read();
    stream.send({ init: { manifest: chainOf({ a: 'PassThrough' }) } });
    await stream.response('ready');
    expect(await failureOf(other.execute({ manifest: chainOf({ a: 'PassThrough' }) }))).toMatchObject({
      code: 'limit.sessions',
      status: 8,
      details: { asked: 2, allowed: 1, setting: 'limits.max_sessions' },
    });
    stream.call.end();
    await stream.ended;
    expect(await other.execute({ manifest: chainOf({ a: 'PassThrough' }) })).toMatchObject({ status: 'SUCCESS' });
    other.close();
    await small.close();
  });
});
