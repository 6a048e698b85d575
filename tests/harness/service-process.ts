import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Instance } from '@remotemedia/channel';
import { FIXTURE_NODES, isAlive } from './service.js';

const COMMAND = fileURLToPath(new URL('../../cli/bin/remotemedia.mjs', import.meta.url));

/** A line of `serve --json`. */
export interface EventLine {
  readonly event: string;
  readonly [fact: string]: unknown;
}

export interface ServiceProcessOptions {
  /** Tables of runtime.toml, as text. */
  readonly config?: string;
  /** `ulimit -n` of the service. Default: this process's own. */
  readonly descriptors?: number;
  /** Size of a /dev/shm of its own, in MiB, in a mount namespace. Default: the machine's. */
  readonly sharedMemoryMb?: number;
  /** Where it has its files. Default: a folder of its own, removed with it. */
  readonly runtimeDirectory?: string;
}

/** `remotemedia serve` in a process of its own, as a user starts it. */
export class ServiceProcess {
  readonly child: ChildProcess;
  readonly events: EventLine[] = [];
  /** Resolves with exit code and signal when it has ended and all it wrote is here. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  readonly #folder: string;
  #instance: readonly [runtimeDirectory: string, id: string] = ['', ''];
  readonly #onEvent = new Set<() => void>();
  #stderr = '';

  private constructor(child: ChildProcess, folder: string) {
    this.child = child;
    this.#folder = folder;
    this.ended = once(child, 'close').then(([code, signal]) => {
      for (const look of this.#onEvent) look();
      return { code: code as number | null, signal: signal as NodeJS.Signals | null };
    });
    if (child.stdout === null) throw new Error('the service has no output');
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.events.push(JSON.parse(line) as EventLine);
      for (const look of this.#onEvent) look();
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
  }

  /** Resolves when it listens. */
  static async start(options: ServiceProcessOptions = {}): Promise<ServiceProcess> {
    const folder = await mkdtemp(join(tmpdir(), 'rm-serve-'));
    const config = join(folder, 'runtime.toml');
    const nodes = `[multiprocess.python]\nextra_paths = [${JSON.stringify(FIXTURE_NODES)}]\n`;
    await writeFile(config, `${options.config ?? ''}\n${nodes}`);
    const limit = options.descriptors === undefined ? ':' : `ulimit -n ${options.descriptors}`;
    const serve = ['serve', '--port', '0', '--config', config, '--json'];
    const runtimeDirectory = options.runtimeDirectory ?? join(folder, 'run');
    const others = instances(runtimeDirectory);
    const script = ['-c', `${limit}; exec "$@"`, 'bash', COMMAND, ...serve];
    const mount = `mount -t tmpfs -o size=${options.sharedMemoryMb}m tmpfs /dev/shm && exec "$@"`;
    const own = ['unshare', '-m', 'bash', '-c', mount, 'mount', 'bash', ...script];
    const [program = 'bash', ...args] = options.sharedMemoryMb === undefined ? ['bash', ...script] : own;
    const child = spawn(program, args, {
      env: { ...process.env, REMOTEMEDIA_RUNTIME_DIR: runtimeDirectory },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const service = new ServiceProcess(child, folder);
    await service.event(({ event }) => event === 'listening');
    const [id] = instances(runtimeDirectory).filter((each) => !others.includes(each));
    if (id === undefined) throw new Error('the service has no instance');
    service.#instance = [runtimeDirectory, id];
    return service;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get address(): string {
    return String(this.events.find(({ event }) => event === 'listening')?.['address']);
  }

  /** What it has logged so far. */
  get stderr(): string {
    return this.#stderr;
  }

  /** Pids of all node processes that it ever had. */
  get nodePids(): number[] {
    return this.events.filter(({ event }) => event === 'process.started').map(({ pid }) => Number(pid));
  }

  /** Those of them that still exist. */
  get nodesAlive(): number[] {
    return this.nodePids.filter(isAlive);
  }

  /** Descriptors that it has open now. */
  get descriptors(): number {
    return readdirSync(`/proc/${this.pid}/fd`).length;
  }

  /** Its folder, its shared-memory objects and its claim on them, as far as they are there. */
  get traces(): string[] {
    const [runtimeDirectory, id] = this.#instance;
    const segments = readdirSync('/dev/shm').filter((name) => name.startsWith(`rm_${id}`));
    return instances(runtimeDirectory).includes(id) ? [id, ...segments] : segments;
  }

  /** Resolves with the first event, past or future, that `matches` finds; rejects when it ends without. */
  async event(matches: (line: EventLine) => boolean): Promise<EventLine> {
    const ended = this.ended.then(({ code }) => {
      throw new Error(`the service ended with ${code} before the event that was waited for: ${this.#stderr}`);
    });
    ended.catch(() => undefined);
    for (;;) {
      const found = this.events.find(matches);
      if (found !== undefined) return found;
      let look = (): void => undefined;
      const more = new Promise<void>((resolve) => {
        look = resolve;
      });
      this.#onEvent.add(look);
      await Promise.race([more, ended]).finally(() => this.#onEvent.delete(look));
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Ends it, if it has not ended yet, and removes its folder. */
  async dispose(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.kill('SIGKILL');
    await this.ended;
    await sweep(this.#instance[0]);
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Removes what killed services have left, as the next start would: without their folder nothing could say that it is theirs. */
export async function sweep(runtimeDirectory: string): Promise<void> {
  if (instances(runtimeDirectory).length > 0) await (await Instance.open(runtimeDirectory)).close();
}

function instances(runtimeDirectory: string): string[] {
  return existsSync(runtimeDirectory) ? readdirSync(runtimeDirectory).filter((name) => /^[0-9a-f]{8}$/.test(name)) : [];
}
