import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const COMMAND = fileURLToPath(new URL('../../../cli/bin/remotemedia.mjs', import.meta.url));
const COUNT_RESCUES = new URL('count-rescues.mjs', import.meta.url).href;
const NODES = fileURLToPath(new URL('../nodes', import.meta.url));

/** A line of `serve --json`. */
export interface EventLine {
  readonly event: string;
  readonly [fact: string]: unknown;
}

/** `remotemedia serve` in a process of its own, as a user starts it. */
export class ServiceProcess {
  readonly #child: ChildProcess;
  readonly #lines: Interface;
  readonly #folder: string;
  readonly #events: EventLine[] = [];
  #stderr = '';

  private constructor(child: ChildProcess, folder: string) {
    if (child.stdout === null || child.stderr === null) throw new Error('the service has no output');
    this.#child = child;
    this.#folder = folder;
    this.#lines = createInterface({ input: child.stdout });
    this.#lines.on('line', (line) => this.#events.push(JSON.parse(line) as EventLine));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
  }

  /** Resolves when it listens. */
  static async start(): Promise<ServiceProcess> {
    const folder = await mkdtemp(join(tmpdir(), 'rm-promise-'));
    const config = join(folder, 'runtime.toml');
    await writeFile(config, `[multiprocess.python]\nextra_paths = [${JSON.stringify(NODES)}]\n`);
    const serve = ['serve', '--port', '0', '--config', config, '--json'];
    // The command itself and not `node` with its path: its first line has a flag of its own.
    const child = spawn(COMMAND, serve, {
      env: { ...process.env, NODE_OPTIONS: `--import ${COUNT_RESCUES}`, RESCUES_FILE: join(folder, 'rescues') },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const service = new ServiceProcess(child, folder);
    await service.event('listening');
    return service;
  }

  get pid(): number {
    const { pid } = this.#child;
    if (pid === undefined) throw new Error('the service did not start');
    return pid;
  }

  get address(): string {
    const listening = this.#events.find(({ event }) => event === 'listening');
    return String(listening?.['address']);
  }

  /** Resolves at the first event of this name, past or future. */
  async event(name: string): Promise<EventLine> {
    const [first] = await this.#eventsOf(1, (line) => line.event === name);
    if (first === undefined) throw new Error(`no ${name}`);
    return first;
  }

  /** Resolves with the pids of a session's node processes, when so many of them are ready. */
  async nodePids(session: string, count: number): Promise<number[]> {
    const ready = await this.#eventsOf(count, (line) => line.event === 'process.ready' && line['session'] === session);
    return ready.map(({ pid }) => Number(pid));
  }

  async #eventsOf(count: number, matches: (line: EventLine) => boolean): Promise<EventLine[]> {
    const ended = once(this.#child, 'close').then(() => {
      throw new Error(`the service ended before it was expected to: ${this.#stderr}`);
    });
    ended.catch(() => undefined);
    for (;;) {
      const found = this.#events.filter(matches);
      if (found.length >= count) return found.slice(0, count);
      await Promise.race([once(this.#lines, 'line'), ended]);
    }
  }

  /** Wake-ups that only the safety check found, in all sessions that have ended. */
  async rescues(): Promise<number> {
    return Number(await readFile(join(this.#folder, 'rescues'), 'utf8'));
  }

  /** Ends it in order; resolves with its exit code. */
  async stop(): Promise<number | null> {
    const closed = once(this.#child, 'close');
    if (this.#child.exitCode === null && this.#child.kill('SIGTERM')) await closed;
    await rm(this.#folder, { recursive: true, force: true });
    return this.#child.exitCode;
  }
}
