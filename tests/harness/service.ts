import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createLogger, type Service, type ServiceEvent, type ServiceOptions, startService } from '@remotemedia/server';

/** Node classes with one behaviour each. */
export const FIXTURE_NODES = fileURLToPath(new URL('../fixtures/nodes', import.meta.url));

export interface TestService {
  readonly service: Service;
  readonly address: string;
  /** Everything logged so far. */
  readonly log: string[];
  readonly events: ServiceEvent[];
  /** Resolves at the first event, past or future, that `matches` finds. */
  event(matches: (event: ServiceEvent) => boolean): Promise<ServiceEvent>;
  /** Resolves at the first log line, past or future, that has all these texts. */
  logged(...texts: readonly string[]): Promise<string>;
  close(): Promise<void>;
}

/** Starts a service in this process, with real Python processes and real shared memory in folders of its own. */
export async function startTestService(
  config: Readonly<Record<string, unknown>> = {},
  options: Partial<ServiceOptions> = {},
): Promise<TestService> {
  const channelDirectory = await mkdtemp(join(tmpdir(), 'rm-test-'));
  const log: string[] = [];
  const onLine = new Set<(line: string) => void>();
  const writer = {
    write: (text: string) => {
      log.push(text);
      for (const listener of onLine) listener(text);
    },
  };
  const service = await startService({
    port: 0,
    config: withFixtures(config),
    channelDirectory,
    logger: createLogger({ level: 'debug', format: 'text', writer }),
    ...options,
  });
  const events: ServiceEvent[] = [];
  service.events.subscribe((event) => events.push(event));
  return {
    service,
    address: service.address,
    log,
    events,
    event: (matches) => firstEvent(service, events, matches),
    logged: (...texts) =>
      new Promise((resolve) => {
        const matches = (line: string): boolean => texts.every((text) => line.includes(text));
        const past = log.find(matches);
        if (past !== undefined) return resolve(past);
        const listener = (line: string): void => {
          if (!matches(line)) return;
          onLine.delete(listener);
          resolve(line);
        };
        onLine.add(listener);
      }),
    close: async () => {
      await service.close();
      await rm(channelDirectory, { recursive: true, force: true });
    },
  };
}

function withFixtures(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const multiprocess = (config['multiprocess'] ?? {}) as Record<string, unknown>;
  const python = (multiprocess['python'] ?? {}) as Record<string, unknown>;
  return { ...config, multiprocess: { ...multiprocess, python: { extra_paths: [FIXTURE_NODES], ...python } } };
}

function firstEvent(
  service: Service,
  past: readonly ServiceEvent[],
  matches: (event: ServiceEvent) => boolean,
): Promise<ServiceEvent> {
  return new Promise((resolve) => {
    const found = past.find(matches);
    if (found !== undefined) return resolve(found);
    const unsubscribe = service.events.subscribe((event) => {
      if (!matches(event)) return;
      unsubscribe();
      resolve(event);
    });
  });
}

/** What the folder of a service holds besides folders of sessions. */
const OWN_FILES = ['lock', 'children', 'admin'];

export interface Leftovers {
  readonly sessions: string[];
  /** Pids of node processes that still exist. */
  readonly processes: number[];
  /** Shared-memory objects of the service. */
  readonly segments: string[];
  /** Folders of sessions. */
  readonly roots: string[];
}

/** What is left of the sessions of a service: nothing, when none runs. */
export async function leftovers({ service, events }: TestService): Promise<Leftovers> {
  const channel = service.channel;
  const pids = events.filter((event) => event.type === 'process.started').map((event) => event.pid);
  return {
    sessions: service.sessions,
    processes: pids.filter(isAlive),
    segments: channel === null ? [] : readdirSync('/dev/shm').filter((name) => name.startsWith(`rm_${channel.id}_`)),
    roots: channel === null ? [] : (await readdir(channel.dir)).filter((name) => !OWN_FILES.includes(name)),
  };
}

export const NOTHING_LEFT: Leftovers = { sessions: [], processes: [], segments: [], roots: [] };

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Whether a process that is nobody's child here still runs: one that waits to be reaped does not. */
export function isRunning(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.charAt(stat.lastIndexOf(')') + 2) !== 'Z';
  } catch {
    return false;
  }
}
