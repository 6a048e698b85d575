import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, utimesSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Message, WireClient, type WireStream } from '../harness/client.js';
import { audioOf, chainOf, outputOf } from '../harness/messages.js';
import { COMMAND } from './command.js';
import { isRunning, Machine, type RunningService } from './machine.js';

interface Left {
  readonly instance: string;
  readonly shm_objects: number;
  readonly shm_bytes: number;
  readonly orphans: readonly { readonly pid: number }[];
}
interface OwnerlessLeft extends Left {
  readonly age_secs: number;
}
interface CleanAnswer {
  readonly dry_run: boolean;
  readonly removed: readonly Left[];
  readonly kept: readonly Left[];
  readonly ownerless: {
    readonly found: readonly OwnerlessLeft[];
    readonly removed: readonly OwnerlessLeft[];
    readonly kept: readonly OwnerlessLeft[];
  };
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

function clean(...args: string[]): Promise<CleanAnswer> {
  return cleanOn(machine, ...args);
}

async function cleanOn(where: Machine, ...args: string[]): Promise<CleanAnswer> {
  const { stdout } = await where.run('clean', '--json', ...args);
  return JSON.parse(stdout) as CleanAnswer;
}

interface Shown {
  readonly instance: string;
  readonly service: { readonly pid: number };
  readonly sessions: readonly { readonly nodes: readonly { readonly pid: number }[] }[];
}

async function shown({ pid }: RunningService, where = machine): Promise<{ instance: string; nodePids: number[] }> {
  const { stdout } = await where.run('ps', '--json');
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
async function killService(where = machine): Promise<{ instance: string; daemonPid: number }> {
  const service = await where.serve();
  const other = new WireClient(service.address);
  const stream = other.stream().read();
  stream.send({ init: { manifest: chainOf({ daemon: 'DaemonizeNode' }) } });
  await stream.response('ready');
  stream.send(chunk('daemon', 1));
  const { json } = outputOf(await stream.response('result'), 'daemon') as { json: { json_payload: string } };
  const { daemon_pid: daemonPid } = JSON.parse(json.json_payload) as { daemon_pid: number };
  const { instance, nodePids } = await shown(service, where);
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

/** To run something where no other process is seen; needs rights that not every machine gives. */
const HIDDEN = ['--pid', '--fork', '--mount-proc'];
const canHideProcesses = spawnSync('unshare', [...HIDDEN, 'true']).status === 0;

/** Names in shared memory, the claim among them. */
const claimedBy = (instance: string): string[] =>
  readdirSync('/dev/shm').filter((name) => name.startsWith(`rm_${instance}`));

/** Ownerless memory may be of anybody on this machine, of another test for example. */
const withoutOwnerless = (text: string): string => text.replaceAll(/^(left |fix: Remove what is ownerless).*\n/gm, '');

/** What is younger than a minute is nobody's to remove. */
function makeOlder(instance: string, secs: number): void {
  const made = Date.now() / 1000 - secs;
  for (const name of claimedBy(instance)) utimesSync(`/dev/shm/${name}`, made, made);
}

test('shows memory of a killed service whose folder is gone, and removes it when told so', async () => {
  const other = await Machine.create();
  const { instance, daemonPid } = await killService(other);
  await rm(other.runtimeDirectory, { recursive: true });
  const objects = claimedBy(instance);
  expect(objects).toContain(`rm_${instance}`);
  expect(objects.length).toBeGreaterThan(2);
  const young = await cleanOn(other, '--ownerless');
  expect(Object.values(young.ownerless).flatMap((each) => each.map((left) => left.instance))).not.toContain(instance);
  makeOlder(instance, 7205);

  const { removed, kept, ownerless } = await cleanOn(other);
  expect({ removed, kept, ownerless }).toMatchObject({ removed: [], kept: [], ownerless: { removed: [], kept: [] } });
  const found = ownerless.found.find((each) => each.instance === instance);
  expect(found).toEqual({
    instance,
    shm_objects: objects.length,
    shm_bytes: expect.any(Number),
    age_secs: expect.any(Number),
    orphans: [expect.objectContaining({ pid: daemonPid })],
  });
  expect(found?.shm_bytes).toBeGreaterThan(0);
  expect(found?.age_secs).toBeGreaterThanOrEqual(7205);
  const told = await other.run('clean');
  expect(told).toMatchObject({ exitCode: 0, stderr: '' });
  expect(told.stdout).toContain('nothing to remove\n');
  expect(told.stdout).toMatch(
    new RegExp(`^left ${instance}: process ${daemonPid} .*${objects.length} ownerless .* 2 h .*old$`, 'm'),
  );
  expect(told.stdout).toContain('fix: Remove what is ownerless: remotemedia clean --ownerless\n');
  const { exitCode, stdout } = await other.run('doctor', '--port', '0');
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^ok {4}leftovers +none$/m);
  expect(stdout).toMatch(new RegExp(`^warn {2}ownerless memory .*${instance}.*: \\d+ KiB.*\\b${daemonPid}\\b`, 'm'));
  expect(stdout).toContain('fix: Remove it: remotemedia clean --ownerless\n');

  const service = await other.serve();
  await service.command.said(new RegExp(`${instance}.*remotemedia clean --ownerless`));
  expect((await cleanOn(other, '--ownerless', '--dry-run')).ownerless.removed).toContainEqual(
    expect.objectContaining({ instance }),
  );
  expect(claimedBy(instance)).toEqual(objects);
  expect(isRunning(daemonPid)).toBe(true);

  const gone = await other.run('clean', '--ownerless');
  expect(gone).toMatchObject({ exitCode: 0, stderr: '' });
  expect(gone.stdout).toMatch(new RegExp(`^removed ${instance}: process ${daemonPid} .* ownerless .*old$`, 'm'));
  expect(claimedBy(instance)).toEqual([]);
  expect(isRunning(daemonPid)).toBe(false);
  await other.close();
});

test('holds nothing for ownerless that a service with another runtime directory has', async () => {
  const other = await Machine.create();
  const { instance } = await shown(alive);
  makeOlder(instance, 7205);
  const objects = claimedBy(instance);
  expect(objects).toContain(`rm_${instance}`);
  expect((await other.run('clean', '--ownerless')).stdout).not.toContain(instance);
  expect(claimedBy(instance)).toEqual(objects);
  if (canHideProcesses) {
    // As in another container that shares /dev/shm: no process of the living service is seen.
    const env = { ...process.env, REMOTEMEDIA_RUNTIME_DIR: other.runtimeDirectory };
    const command = [...HIDDEN, process.execPath, COMMAND, 'clean', '--ownerless'];
    expect(execFileSync('unshare', command, { env, encoding: 'utf8' })).not.toContain(instance);
    expect(claimedBy(instance)).toEqual(objects);
  }
  const before = neighbour.all('result').length;
  neighbour.send(chunk('echo', 2));
  await neighbour.message(() => neighbour.all('result').length > before);
  await other.close();
});

test('says in words what it removes; ps says that there is something', async () => {
  const other = await Machine.create();
  const { stdout, ...outcome } = await other.run('clean');
  expect(outcome).toEqual({ exitCode: 0, stderr: '' });
  expect(withoutOwnerless(stdout)).toBe('nothing to remove\n');
  const service = await other.serve();
  service.command.kill('SIGKILL');
  await service.command.end();
  const shown = await other.run('ps');
  expect(shown.exitCode).toBe(4);
  expect(shown.stderr).toMatch(/dead ones left something behind: [0-9a-f]{8}/);
  expect(shown.stderr).toContain('fix: Remove what is left: remotemedia clean');
  expect((await other.run('clean')).stdout).toMatch(/^removed [0-9a-f]{8}: 0 shared-memory objects \(0 B\), 3 files/);
  expect(withoutOwnerless((await other.run('clean')).stdout)).toBe('nothing to remove\n');
  await other.close();
});
