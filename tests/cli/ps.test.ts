import type { ConnectionStatus, NodeStatus, ServiceStatus, SessionStatus } from '@remotemedia/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Message, WireClient, type WireStream } from '../harness/client.js';
import { audioOf, chainOf, manifestOf } from '../harness/messages.js';
import { isAlive } from '../harness/service.js';
import { Machine, type RunningService } from './machine.js';

type Shown<Part> = Part & { readonly cpu_percent: number | null };
interface ShownSession extends Omit<SessionStatus, 'nodes'> {
  readonly nodes: readonly Shown<NodeStatus>[];
}
interface ShownService extends Omit<ServiceStatus, 'sessions' | 'service'> {
  readonly instance: string;
  readonly responsive: boolean;
  readonly reason?: string;
  readonly service: Shown<ServiceStatus['service']>;
  readonly sessions: readonly ShownSession[];
}

let machine: Machine;
let running: RunningService;
let client: WireClient;

beforeAll(async () => {
  machine = await Machine.create();
  running = await machine.serve();
  client = new WireClient(running.address);
});

afterAll(async () => {
  client.close();
  await machine.close();
});

async function services(...args: string[]): Promise<readonly ShownService[]> {
  const { stdout, stderr } = await machine.run('ps', '--json', ...args);
  expect(stderr).toBe('');
  return (JSON.parse(stdout) as { services: ShownService[] }).services;
}

async function sessionIn(address: string, id: unknown): Promise<ShownSession> {
  const service = (await services()).find((each) => each.service.address === address);
  const session = service?.sessions.find((each) => each.id === id);
  if (session === undefined) throw new Error(`ps does not show session ${id}`);
  return session;
}

function connection({ connections }: ShownSession, from: string, to: string): ConnectionStatus {
  const found = connections.find((each) => each.from === from && each.to === to);
  if (found === undefined) throw new Error(`ps does not show ${from} → ${to}`);
  return found;
}

const chunk = (nodeId: string, sequence: number): Message => ({
  data_chunk: { node_id: nodeId, buffer: audioOf(160), sequence },
});

/** Keeps so many messages on their way, each result making room for the next, until the stream ends. */
function keepBusy(stream: WireStream, nodeId: string, inFlight: number): void {
  let sequence = 0;
  const next = (): void => {
    sequence += 1;
    stream.send(chunk(nodeId, sequence));
  };
  stream.call.on('data', (message: Message) => {
    if (message['result'] != null) next();
  });
  for (let sent = 0; sent < inFlight; sent += 1) next();
}

describe('ps', () => {
  test('shows three Python nodes under load: processes that live and work, and what they have passed on', async () => {
    const burn = ['BurnCpuNode', { iterations: 20_000 }] as const;
    const stream = client.stream().read();
    stream.send({ init: { manifest: chainOf({ one: burn, two: burn, three: burn }) } });
    const { session_id: id } = await stream.response('ready');
    keepBusy(stream, 'one', 12);
    await stream.response('result');

    const session = await sessionIn(running.address, id);
    expect(session).toMatchObject({ name: 'test', state: 'executing' });
    expect(session.nodes.map((node) => node.id)).toEqual(['one', 'two', 'three']);
    expect(new Set(session.nodes.map(({ pid }) => pid)).size).toBe(3);
    for (const node of session.nodes) {
      expect(node).toMatchObject({ type: 'BurnCpuNode', kind: 'python', state: 'ready' });
      expect(isAlive(node.pid ?? -1)).toBe(true);
      expect(node.cpu_percent).toBeGreaterThan(0);
      expect(node.cpu_percent).toBeLessThan(120);
      expect(node.cpu_secs).toBeGreaterThan(0.05);
      expect(node.memory_bytes).toBeGreaterThan(4 * 2 ** 20);
      expect(node.memory_bytes).toBeLessThan(500 * 2 ** 20);
      expect(node.items_in).toBeGreaterThan(0);
      expect(Math.abs(node.items_in - node.items_out)).toBeLessThanOrEqual(12);
    }
    expect(session.shm_bytes).toBeGreaterThan(4096);
    const between = connection(session, 'one', 'two');
    expect(between.dropped).toBe(0);
    expect(between.sent - between.received).toBe(between.depth);
    expect(between.latency?.p99_ms).toBeGreaterThan(0);
    const depths = session.connections.reduce((sum, { depth }) => sum + depth, 0);
    expect(depths).toBeGreaterThan(0);
    expect(depths).toBeLessThanOrEqual(12);

    const text = (await machine.run('ps', '--instance', (await services())[0]?.instance ?? '')).stdout;
    expect(text).toMatch(
      new RegExp(`^service [0-9a-f]{8}: serving on ${running.address}, pid ${running.pid}, up `, 'm'),
    );
    expect(text).toMatch(/^ {4}two +BurnCpuNode +python +\d+ +ready +\d+% +\d.* [KM]iB +\d+ +\d+$/m);
    expect(text).toMatch(/^ {4}one → two +\d+ +\d+ +\d+ +0 /m);
    stream.call.cancel();
    expect((await stream.ended).code).toBe(1);
  });

  test('shows a queue that grows behind a node that hangs, and what gave way where nothing waits', async () => {
    const open = async (multiprocess: Message) => {
      const stream = client.stream().read();
      stream.send({ init: { manifest: manifestOf({ hang: 'HangNode', mark: 'PassThrough' }, [], multiprocess) } });
      const { session_id: id } = await stream.response('ready');
      for (let sequence = 1; sequence <= 30; sequence += 1) stream.send(chunk('hang', sequence));
      // Chunks are taken in order: when this one is back, all before it are in the queue.
      stream.send(chunk('mark', 31));
      await stream.response('result');
      return { stream, session: await sessionIn(running.address, id) };
    };
    const waiting = await open({ channel_capacity: 100 });
    const queue = connection(waiting.session, '', 'hang');
    expect(queue).toMatchObject({ sent: 30, dropped: 0 });
    expect(queue.depth).toBeGreaterThanOrEqual(29);
    expect(queue.bytes_in_flight).toBeGreaterThan(29 * 640);
    expect(waiting.session.nodes.find(({ id }) => id === 'mark')).toMatchObject({
      kind: 'native',
      pid: running.pid,
      items_in: 1,
      items_out: 1,
    });

    const dropping = await open({ channel_capacity: 8, enable_backpressure: false });
    const lossy = connection(dropping.session, '', 'hang');
    expect(lossy.sent).toBe(30);
    expect(lossy.depth).toBeLessThanOrEqual(8);
    expect(lossy.dropped).toBeGreaterThanOrEqual(30 - 1 - 8);
    expect(lossy.dropped).toBeLessThan(30);
    for (const { stream } of [waiting, dropping]) {
      stream.call.cancel();
      await stream.ended;
    }
  });

  test('keeps two services side by side apart', async () => {
    const other = await machine.serve();
    const stream = new WireClient(other.address).stream().read();
    stream.send({ init: { manifest: chainOf({ a: 'EchoNode' }) } });
    const { session_id: id } = await stream.response('ready');
    const both = await services();
    expect(both.map(({ service }) => service.pid).sort()).toEqual([running.pid, other.pid].sort());
    const [mine] = both.filter(({ service }) => service.pid === other.pid);
    expect(mine?.sessions.map((session) => session.id)).toEqual([id]);
    expect(mine?.use).toMatchObject({ sessions: { used: 1 }, processes: { used: 1 } });
    expect(await services('--instance', mine?.instance ?? '')).toHaveLength(1);
    stream.call.cancel();
    await stream.ended;
    other.command.kill('SIGTERM');
    await other.command.end();
    expect((await services()).map(({ service }) => service.pid)).toEqual([running.pid]);
  });

  test('shows a service that stands still as unresponsive', async () => {
    const other = await machine.serve();
    other.command.kill('SIGSTOP');
    try {
      const { exitCode, stdout } = await machine.run('ps');
      expect(exitCode).toBe(0);
      expect(stdout).toMatch(/^service [0-9a-f]{8}: unresponsive: no answer within 2 s$/m);
      expect(stdout).toContain(`serving on ${running.address}`);
    } finally {
      other.command.kill('SIGCONT');
    }
    other.command.kill('SIGTERM');
    await other.command.end();
  });

  test('says that none runs, with the exit code of a service that cannot be reached', async () => {
    const empty = await Machine.create();
    const text = await empty.run('ps');
    expect(text).toMatchObject({ exitCode: 4, stdout: '' });
    expect(text.stderr).toContain('No service of this user runs on this machine');
    expect(text.stderr).toContain('fix: Start one: remotemedia serve');
    const json = await empty.run('ps', '--json', '--instance', 'abc');
    expect(json.exitCode).toBe(4);
    expect(JSON.parse(json.stdout)).toMatchObject({ event: 'error', code: 'service.unreachable' });
    await empty.close();
  });
});
