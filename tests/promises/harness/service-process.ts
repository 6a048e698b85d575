import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const COMMAND = fileURLToPath(new URL('../../../cli/bin/remotemedia.mjs', import.meta.url));
const COUNT_RESCUES = new URL('count-rescues.mjs', import.meta.url).href;
const WATCH_LOOP = new URL('watch-loop.mjs', import.meta.url).href;
const NODES = fileURLToPath(new URL('../nodes', import.meta.url));
/** Lines of the log that are kept to explain an end that nobody expected. */
const LAST_LINES = 100;
/** What must never stand in the log of a service. */
const ALARM = /Internal error|panicked|Unhandled|MaxListenersExceeded|DeprecationWarning/;

/** A line of `serve --json`. */
export interface EventLine {
  readonly event: string;
  readonly [fact: string]: unknown;
}

export interface ServiceProcessOptions {
  /** Folders with node classes, besides those of the promises. */
  readonly nodes?: readonly string[];
  /** More tables of runtime.toml. */
  readonly settings?: string;
  /** Measures how late the event loop is; off where the service shall be as a user has it. */
  readonly watchLoop?: boolean;
}

/** How late the event loop of a service was, in milliseconds. */
export interface LoopDelay {
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** `remotemedia serve` in a process of its own, as a user starts it. */
export class ServiceProcess {
  readonly #child: ChildProcess;
  readonly #lines: Interface;
  readonly #folder: string;
  readonly #events: EventLine[] = [];
  readonly #lastLines: string[] = [];
  readonly #alarms: string[] = [];

  private constructor(child: ChildProcess, folder: string) {
    if (child.stdout === null || child.stderr === null) throw new Error('the service has no output');
    this.#child = child;
    this.#folder = folder;
    this.#lines = createInterface({ input: child.stdout });
    this.#lines.on('line', (line) => this.#events.push(JSON.parse(line) as EventLine));
    createInterface({ input: child.stderr }).on('line', (line) => this.#takeLog(line));
  }

  /** Resolves when it listens. */
  static async start(options: ServiceProcessOptions = {}): Promise<ServiceProcess> {
    const folder = await mkdtemp(join(tmpdir(), 'rm-promise-'));
    const config = join(folder, 'runtime.toml');
    const nodes = JSON.stringify([NODES, ...(options.nodes ?? [])]);
    await writeFile(config, `[multiprocess.python]\nextra_paths = ${nodes}\n${options.settings ?? ''}\n`);
    const serve = ['serve', '--port', '0', '--config', config, '--json'];
    // The command itself and not `node` with its path: its first line has a flag of its own.
    const child = spawn(COMMAND, serve, {
      env: {
        ...process.env,
        NODE_OPTIONS: `--import ${COUNT_RESCUES}${options.watchLoop === true ? ` --import ${WATCH_LOOP}` : ''}`,
        RESCUES_FILE: join(folder, 'rescues'),
        LOOP_FILE: join(folder, 'loop'),
      },
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

  /** A setting that every process of this service has inherited, and no other process. */
  get mark(): string {
    return `RESCUES_FILE=${join(this.#folder, 'rescues')}`;
  }

  /** Lines of its log that no service should write. */
  get alarms(): readonly string[] {
    return this.#alarms;
  }

  /** Tells every event from now on. */
  onEvent(listener: (event: EventLine) => void): void {
    this.#lines.on('line', (line) => listener(JSON.parse(line) as EventLine));
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
      throw new Error(`the service ended before it was expected to: ${this.#lastLines.join('\n')}`);
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

  /** How late its event loop was, from its start to the end of the last session. */
  async loopDelay(): Promise<LoopDelay> {
    return JSON.parse(await readFile(join(this.#folder, 'loop'), 'utf8')) as LoopDelay;
  }

  #takeLog(line: string): void {
    if (ALARM.test(line)) this.#alarms.push(line);
    this.#lastLines.push(line);
    if (this.#lastLines.length > LAST_LINES) this.#lastLines.shift();
  }

  /** Ends it in order; resolves with its exit code. */
  async stop(): Promise<number | null> {
    const closed = once(this.#child, 'close');
    if (this.#child.exitCode === null && this.#child.kill('SIGTERM')) await closed;
    await rm(this.#folder, { recursive: true, force: true });
    return this.#child.exitCode;
  }
}
