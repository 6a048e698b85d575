import { existsSync, readdirSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Message, WireClient, type WireStream } from '../harness/client.js';
import { audioOf, chainOf, outputOf } from '../harness/messages.js';
import { isRunning, Machine, type RunningService } from './machine.js';

interface Left {
  readonly instance: string;
  readonly shm_objects: number;
  readonly shm_bytes: number;
  readonly orphans: readonly { readonly pid: number }[];
}
interface CleanAnswer {
  readonly dry_run: boolean;
  readonly removed: readonly Left[];
  readonly kept: readonly Left[];
}

let machine: Machine;
let alive: RunningService;
let client: WireClient;
let neighbour: WireStream;

beforeAll(async () => {
  machine = await Machine.create();
  alive = await machine.serve();
  client = new WireClient(alive.address);
  neighbour = client.stream().read();
  neighbour.send({ init: { manifest: chainOf({ echo: 'EchoNode' }) } });
  await neighbour.response('ready');
});

afterAll(async () => {
  neighbour.call.cancel();
  client.close();
  await machine.close();
});

async function clean(...args: string[]): Promise<CleanAnswer> {
  const { stdout } = await machine.run('clean', '--json', ...args);
  return JSON.parse(stdout) as CleanAnswer;
}

interface Shown {
  readonly instance: string;
  readonly service: { readonly pid: number };
  readonly sessions: readonly { readonly nodes: readonly { readonly pid: number }[] }[];
}

async function shown({ pid }: RunningService): Promise<{ instance: string; nodePids: number[] }> {
  const { stdout } = await machine.run('ps', '--json');
  const { services } = JSON.parse(stdout) as { services: Shown[] };
  const found = services.find(({ service }) => service.pid === pid);
  if (found === undefined) throw new Error(`ps does not show the service with pid ${pid}`);
  return { instance: found.instance, nodePids: found.sessions.flatMap(({ nodes }) => nodes.map((node) => node.pid)) };
}

const objectsOf = (instance: string): string[] =>
  readdirSync('/dev/shm').filter((name) => name.startsWith(`rm_${instance}_`));

const chunk = (nodeId: string, sequence: number): Message => ({
  data_chunk: { node_id: nodeId, buffer: audioOf(160), sequence },
});

/**
 * Ends a service with SIGKILL, and before it the one process that would have ended the daemon of its session: left are its
 * folder, its memory and the daemon.
 */
async function killService(): Promise<{ instance: string; daemonPid: number }> {
  const service = await machine.serve();
  const other = new WireClient(service.address);
  const stream = other.stream().read();
  stream.send({ init: { manifest: chainOf({ daemon: 'DaemonizeNode' }) } });
  await stream.response('ready');
  stream.send(chunk('daemon', 1));
  const { json } = outputOf(await stream.response('result'), 'daemon') as { json: { json_payload: string } };
  const { daemon_pid: daemonPid } = JSON.parse(json.json_payload) as { daemon_pid: number };
  const { instance, nodePids } = await shown(service);
  service.command.kill('SIGSTOP');
  for (const pid of nodePids) process.kill(pid, 'SIGKILL');
  service.command.kill('SIGKILL');
  await service.command.end();
  await stream.ended;
  other.close();
  return { instance, daemonPid };
}

test('removes processes, memory and files of a killed service, and nothing of the living one', async () => {
  const { instance, daemonPid } = await killService();
  const { instance: living } = await shown(alive);
  await mkdir(join(machine.runtimeDirectory, 'notes'));
  const objectsBefore = objectsOf(living).sort();
  expect(isRunning(daemonPid)).toBe(true);
  expect(objectsOf(instance)).not.toEqual([]);

  const dry = await clean('--dry-run');
  expect(dry).toMatchObject({ dry_run: true, kept: [] });
  expect(dry.removed.map((each) => each.instance)).toEqual([instance]);
  expect(isRunning(daemonPid)).toBe(true);
  expect(existsSync(join(machine.runtimeDirectory, instance))).toBe(true);

  const examined = await machine.run('doctor', '--port', '0');
  expect(examined.stdout).toMatch(new RegExp(`^warn {2}leftovers .*${instance}.*${daemonPid}`, 'm'));

  const { removed, kept } = await clean();
  expect(kept).toEqual([]);
  expect(removed).toHaveLength(1);
  expect(removed[0]?.instance).toBe(instance);
  expect(removed[0]?.shm_objects).toBeGreaterThan(0);
  expect(removed[0]?.shm_bytes).toBeGreaterThan(0);
  expect(removed[0]?.orphans.map(({ pid }) => pid)).toContain(daemonPid);
  expect(isRunning(daemonPid)).toBe(false);
  expect(objectsOf(instance)).toEqual([]);
  expect(
    readdirSync(machine.runtimeDirectory)
      .filter((name) => !name.startsWith('.'))
      .sort(),
  ).toEqual([living, 'notes'].sort());

  expect(objectsOf(living).sort()).toEqual(objectsBefore);
  neighbour.send(chunk('echo', 1));
  await neighbour.response('result');
  expect((await clean()).removed).toEqual([]);
});

test('says in words what it removes; ps says that there is something', async () => {
  const other = await Machine.create();
  expect(await other.run('clean')).toMatchObject({ exitCode: 0, stdout: 'nothing to remove\n', stderr: '' });
  const service = await other.serve();
  service.command.kill('SIGKILL');
  await service.command.end();
  const shown = await other.run('ps');
  expect(shown.exitCode).toBe(4);
  expect(shown.stderr).toMatch(/dead ones left something behind: [0-9a-f]{8}/);
  expect(shown.stderr).toContain('fix: Remove what is left: remotemedia clean');
  expect((await other.run('clean')).stdout).toMatch(/^removed [0-9a-f]{8}: 0 shared-memory objects \(0 B\), 3 files/);
  expect((await other.run('clean')).stdout).toBe('nothing to remove\n');
  await other.close();
});
