import { readdir, readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { seedOf } from '../channel/random.js';
import { type Message, WireClient, type WireStream } from '../harness/client.js';
import { manifestOf, type Nodes } from '../harness/messages.js';
import { FIXTURE_NODES, isRunning } from '../harness/service.js';
import { ServiceProcess } from '../promises/harness/service-process.js';
import { Draw } from '../soak/draw.js';
import { chunk } from './fault-bed.js';

/** Ends soon what an orderly end would wait for. */
const SETTINGS = '[service]\ndrain_timeout_secs = 0.2\n[multiprocess]\ncleanup_grace_period_secs = 0.3';
const GONE_MS = 2000;

interface Phase {
  readonly node: Nodes[string];
  /** Resolves in the phase. */
  readonly reach: (service: ServiceProcess, stream: WireStream) => Promise<unknown>;
}

const PHASES: Readonly<Record<string, Phase>> = {
  'starting Python': { node: 'EchoNode', reach: (service) => service.event('process.started') },
  initializing: {
    node: ['SlowInitNode', { steps: 2, step_secs: 600 }],
    reach: (_service, stream) => stream.message(({ init_progress: progress }) => isStep(progress)),
  },
  ready: { node: 'EchoNode', reach: (_service, stream) => stream.response('ready') },
  'streaming under load': {
    node: 'EchoNode',
    reach: (_service, stream) => stream.message(({ result }) => Number((result as Message | null)?.['sequence']) > 50),
  },
  flushing: {
    node: ['HangInNode', { hook: 'flush' }],
    reach: async (_service, stream) => {
      await stream.response('result');
      stream.send({ control: { command: 'COMMAND_CLOSE' } });
    },
  },
  terminating: {
    node: ['HangInNode', { hook: 'cleanup' }],
    reach: async (_service, stream) => {
      await stream.response('result');
      stream.send({ control: { command: 'COMMAND_CANCEL' } });
      await stream.ended;
    },
  },
};

function isStep(progress: unknown): boolean {
  return String((progress as Message | null)?.['message']).startsWith('step 1 of 2');
}

const seed = seedOf('service death');
const draw = new Draw(seed);
const names = Object.keys(PHASES);
const CASES = [
  ...names.map((phase) => ({ phase, signal: 'SIGKILL' as const })),
  ...(['SIGTERM', 'SIGINT', 'SIGHUP'] as const).flatMap((signal) =>
    [0, 1].map(() => ({ phase: draw.pick(names), signal })),
  ),
].map((each) => ({ ...each, afterMs: draw.int(0, 40) }));

/** Ids of the instances that have died here. */
const dead = new Set<string>();

/** Settings in the environment of a process; none when it is gone or belongs to somebody else. */
async function environmentOf(pid: number): Promise<string[]> {
  const text = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
  return text.split('\0');
}

/** Processes that have inherited a setting, those in sessions of their own too. */
async function heirsOf(mark: string): Promise<number[]> {
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0);
  const heirs = await Promise.all(pids.map(async (pid) => (await environmentOf(pid)).includes(mark)));
  return pids.filter((pid, index) => heirs[index] && isRunning(pid));
}

/** A session whose node has left a daemon behind. */
async function openDaemon(service: ServiceProcess) {
  const client = new WireClient(service.address);
  const stream = client.stream().read();
  stream.send({ init: { manifest: manifestOf({ in: 'DaemonizeNode' }) } });
  const { session_id: session } = await stream.response('ready');
  stream.send(chunk('in', 1));
  await stream.response('result');
  return { client, stream, nodePids: await service.nodePids(String(session), 1) };
}

describe(`a service that dies (seed ${seed})`, () => {
  it.each(CASES)(
    'by $signal $afterMs ms into $phase takes its children with it',
    async ({ phase, signal, afterMs }) => {
      const { node, reach } = PHASES[phase] ?? { node: 'EchoNode', reach: () => Promise.resolve() };
      const service = await ServiceProcess.start({ nodes: [FIXTURE_NODES], settings: SETTINGS });
      const client = new WireClient(service.address);
      try {
        const stream = client.stream().read();
        // A daemon and a child that ignores SIGTERM besides, whose results nobody asks for.
        const nodes: Nodes = { in: 'PassThrough', bad: node, daemon: 'DaemonizeNode', fork: 'ForkChildNode' };
        stream.send({ init: { manifest: manifestOf(nodes, ['in>bad', 'in>daemon', 'in>fork']) } });
        for (let sequence = 1; sequence <= 100; sequence += 1) stream.send(chunk('in', sequence));
        await reach(service, stream);
        // Somewhere in the phase, and elsewhere with another seed.
        await pause(afterMs);
        const { mark, pid } = service;
        const children = (await heirsOf(mark)).filter((heir) => heir !== pid);
        for (const child of children) {
          const own = (await environmentOf(child)).find((setting) => setting.startsWith('REMOTEMEDIA_PROCESS='));
          if (own !== undefined) dead.add(own.slice('REMOTEMEDIA_PROCESS='.length).split('_')[0] ?? '');
        }
        process.kill(pid, signal);
        const gone = vi.waitFor(async () => expect(await heirsOf(mark)).toEqual([]), {
          timeout: GONE_MS,
          interval: 20,
        });
        await Promise.all([gone, stream.ended]);
      } finally {
        client.close();
        await service.stop();
      }
    },
  );

  it('takes stopped node processes with it', async () => {
    const service = await ServiceProcess.start({ nodes: [FIXTURE_NODES], settings: SETTINGS });
    const { stream, nodePids, client } = await openDaemon(service);
    for (const pid of nodePids) process.kill(pid, 'SIGSTOP');
    process.kill(service.pid, 'SIGKILL');
    const { mark } = service;
    await vi.waitFor(async () => expect(await heirsOf(mark)).toEqual([]), { timeout: GONE_MS, interval: 20 });
    await stream.ended;
    client.close();
    await service.stop();
  });

  it('is followed by one that ends whom nobody was left to end', async () => {
    const service = await ServiceProcess.start({ nodes: [FIXTURE_NODES], settings: SETTINGS });
    const { stream, nodePids, client } = await openDaemon(service);
    const { mark } = service;
    // All at once: whoever could have looked after the daemon is gone. The service cannot act while it is stopped.
    process.kill(service.pid, 'SIGSTOP');
    for (const pid of nodePids) process.kill(pid, 'SIGKILL');
    process.kill(service.pid, 'SIGKILL');
    await stream.ended;
    client.close();
    await vi.waitFor(async () => expect(await heirsOf(mark)).toHaveLength(1), { timeout: GONE_MS, interval: 20 });
    const next = await ServiceProcess.start();
    expect(await heirsOf(mark)).toEqual([]);
    await next.stop();
    await service.stop();
  });

  it('leaves nothing that the next start does not remove', async () => {
    expect(dead.size).toBeGreaterThan(0);
    const next = await ServiceProcess.start();
    const ofTheDead = (name: string): boolean => [...dead].some((id) => name === id || name.startsWith(`rm_${id}`));
    const files = [...(await readdir('/dev/shm')), ...(await readdir(`/dev/shm/remotemedia-${userInfo().uid}`))];
    expect(files.filter(ofTheDead)).toEqual([]);
    expect(await next.stop()).toBe(0);
  });
});

afterAll(async () => {
  // Whatever a failed test has left must not outlive it.
  for (const pid of (await readdir('/proc')).map(Number).filter((each) => each > 0)) {
    const mark = (await environmentOf(pid)).find((setting) => setting.startsWith('REMOTEMEDIA_PROCESS='));
    if (mark !== undefined && dead.has(mark.slice('REMOTEMEDIA_PROCESS='.length).split('_')[0] ?? ''))
      process.kill(pid, 'SIGKILL');
  }
});
