import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FIXTURE_NODES } from '../harness/service.js';
import { sweep } from '../harness/service-process.js';
import { Command, type Outcome } from './command.js';

/** A runtime directory of its own, so that commands see the services of one test and no others. */
export class Machine {
  readonly folder: string;
  readonly runtimeDirectory: string;
  readonly #env: Readonly<Record<string, string>>;
  readonly #services: Command[] = [];

  private constructor(folder: string) {
    this.folder = folder;
    this.runtimeDirectory = join(folder, 'run');
    this.#env = { REMOTEMEDIA_RUNTIME_DIR: this.runtimeDirectory };
  }

  static async create(): Promise<Machine> {
    const machine = new Machine(await mkdtemp(join(tmpdir(), 'rm-cli-')));
    const settings = `[multiprocess]\ncleanup_grace_period_secs = 0.5\n[multiprocess.python]\nextra_paths = ["${FIXTURE_NODES}"]\n`;
    await writeFile(join(machine.folder, 'runtime.toml'), settings);
    return machine;
  }

  /** Starts `serve` and waits until it listens. */
  async serve(): Promise<RunningService> {
    const command = this.start('serve', '--port', '0', '--config', 'runtime.toml', '--json');
    this.#services.push(command);
    const { address } = JSON.parse(await command.line(/listening/)) as { address: string };
    return { command, address, pid: command.pid };
  }

  start(...args: string[]): Command {
    return new Command(args, this.folder, this.#env);
  }

  run(...args: string[]): Promise<Outcome> {
    return this.start(...args).end();
  }

  /** The same with more environment. */
  runWith(env: Readonly<Record<string, string>>, ...args: string[]): Promise<Outcome> {
    return new Command(args, this.folder, { ...this.#env, ...env }).end();
  }

  async close(): Promise<void> {
    for (const service of this.#services) service.kill('SIGTERM');
    await Promise.all(this.#services.map((service) => service.end()));
    await sweep(this.runtimeDirectory);
    await rm(this.folder, { recursive: true, force: true });
  }
}

export interface RunningService {
  readonly command: Command;
  readonly address: string;
  readonly pid: number;
}

/** Whether a process runs. One that is dead and waits for its new parent, which is not ours, to take note does not. */
export function isRunning(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.charAt(stat.lastIndexOf(')') + 2) !== 'Z';
  } catch {
    return false;
  }
}
