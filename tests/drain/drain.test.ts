import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { failureOf, type Message, WireClient, type WireStream } from '../harness/client.js';
import { audioOf, chainOf } from '../harness/messages.js';
import { ServiceProcess } from '../harness/service-process.js';
import { HealthClient } from './health.js';

let service: ServiceProcess;
let client: WireClient;
let health: HealthClient;

afterEach(async () => {
  client.close();
  health.close();
  await service.dispose();
});

async function start(drainTimeoutSecs = 30): Promise<void> {
  service = await ServiceProcess.start({ config: `[service]\ndrain_timeout_secs = ${drainTimeoutSecs}` });
  client = new WireClient(service.address);
  health = new HealthClient(service.address);
}

async function open(manifest: Message): Promise<WireStream> {
  const stream = client.stream().read();
  stream.send({ init: { manifest } });
  await stream.response('ready');
  return stream;
}

const chunk = (nodeId: string, sequence: number): Message => ({
  data_chunk: { node_id: nodeId, buffer: audioOf(160), sequence },
});

const isSessionEnd = ({ event }: { event: string }): boolean => event === 'session.ended';

describe.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('%s', (signal) => {
  it('finishes what runs, refuses what is new, says so in its health, and leaves nothing', async () => {
    await start();
    const stream = await open(chainOf({ a: 'EchoNode' }));
    const watch = health.watch();
    const ofType = health.watch('EchoNode');
    await Promise.all([watch.told('SERVING'), ofType.told('SERVING')]);
    service.kill(signal);
    await Promise.all([watch.told('NOT_SERVING'), ofType.told('NOT_SERVING')]);

    // The port is open: whoever asks gets an answer, on a new connection too.
    const late = new HealthClient(service.address);
    expect(await late.check()).toBe('NOT_SERVING');
    expect(await late.check('EchoNode')).toBe('NOT_SERVING');
    late.close();
    const refused = { code: 'service.draining', status: 14 };
    const other = new WireClient(service.address);
    expect(await failureOf(other.execute({ manifest: chainOf({ a: 'PassThrough' }) }))).toMatchObject(refused);
    const second = other.stream().read();
    second.send({ init: { manifest: chainOf({ a: 'EchoNode' }) } });
    expect(await second.ended).toMatchObject({ code: 14, error: { code: 'service.draining' } });
    other.close();

    for (let sequence = 1; sequence <= 20; sequence += 1) stream.send(chunk('a', sequence));
    stream.send({ control: { command: 'COMMAND_CLOSE' } });
    expect((await stream.ended).code).toBe(0);
    expect(stream.all('result')).toHaveLength(20);
    expect(await service.ended).toEqual({ code: 0, signal: null });
    expect(service.nodesAlive).toEqual([]);
    expect(service.traces).toEqual([]);
  });
});

describe('a drain', () => {
  it('ends what still runs at its deadline, each with its cleanup', async () => {
    await start(0.5);
    const folder = await mkdtemp(join(tmpdir(), 'rm-drain-'));
    const marker = join(folder, 'marker');
    const stream = await open(chainOf({ mark: ['MarkCleanupNode', { marker }], b: 'EchoNode' }));
    service.kill('SIGTERM');
    expect(await stream.ended).toMatchObject({ code: 14, error: { code: 'service.draining' } });
    expect(await service.ended).toEqual({ code: 0, signal: null });
    expect(existsSync(marker)).toBe(true);
    await rm(folder, { recursive: true });
    expect(service.events.find(isSessionEnd)).toMatchObject({ error_code: 'service.draining' });
    expect(service.nodesAlive).toEqual([]);
    expect(service.traces).toEqual([]);
  });

  it('of a service that runs nothing is over at once, whoever watches its health', async () => {
    await start();
    const watch = health.watch();
    await watch.told('SERVING');
    const startedMs = performance.now();
    service.kill('SIGTERM');
    await watch.ended;
    expect(watch.statuses).toEqual(['SERVING', 'NOT_SERVING']);
    health.close();
    client.close();
    expect((await service.ended).code).toBe(0);
    expect(performance.now() - startedMs).toBeLessThan(1000);
  });

  it('goes on when nobody reads what it prints any more', async () => {
    await start();
    const stream = await open(chainOf({ a: 'EchoNode' }));
    const [pid] = service.nodePids;
    service.child.stdout?.destroy();
    service.child.stderr?.destroy();
    service.kill('SIGHUP');
    stream.send(chunk('a', 1));
    stream.send({ control: { command: 'COMMAND_CLOSE' } });
    expect((await stream.ended).code).toBe(0);
    expect(await service.ended).toEqual({ code: 0, signal: null });
    expect(existsSync(`/proc/${pid}`)).toBe(false);
    expect(service.traces).toEqual([]);
  });
});

describe('a second signal', () => {
  it.each([
    ['a node that resists', { a: 'IgnoreSigtermNode' }],
    ['a node that is ready', { a: 'EchoNode', b: 'EchoNode' }],
  ] as const)('stops at once: %s', async (_what, nodes) => {
    await start();
    const stream = await open(chainOf(nodes));
    service.kill('SIGTERM');
    expect(await failureOf(client.execute({ manifest: chainOf({ a: 'PassThrough' }) }))).toMatchObject({ status: 14 });
    const startedMs = performance.now();
    service.kill('SIGINT');
    expect(await service.ended).toEqual({ code: 130, signal: null });
    expect(performance.now() - startedMs).toBeLessThan(2000);
    expect((await stream.ended).code).toBe(14);
    expect(service.nodePids).toHaveLength(Object.keys(nodes).length);
    expect(service.nodesAlive).toEqual([]);
    expect(service.traces).toEqual([]);
  });

  it('stops at once while nodes start', async () => {
    await start();
    const stream = client.stream().read();
    stream.send({ init: { manifest: chainOf({ slow: ['SlowInitNode', { steps: 2, step_secs: 600 }] }) } });
    await service.event(({ event }) => event === 'process.started');
    service.kill('SIGTERM');
    expect(await failureOf(client.execute({ manifest: chainOf({ a: 'PassThrough' }) }))).toMatchObject({ status: 14 });
    service.kill('SIGTERM');
    expect(await service.ended).toEqual({ code: 143, signal: null });
    expect(service.nodesAlive).toEqual([]);
    expect(service.traces).toEqual([]);
  });
});
