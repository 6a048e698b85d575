import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('one_process.py', import.meta.url));

/** How long work took, and how much of that was on a core: the rest is what others took away. */
export interface Work {
  readonly tookMs: number;
  readonly cpuMs: number;
}

/** A single Python process that does the work of several nodes, one after another. */
export class OneProcess {
  readonly #child: ChildProcess;
  readonly #lines: Interface;

  constructor(python: string) {
    this.#child = spawn(python, [PROGRAM], { stdio: ['pipe', 'pipe', 'inherit'] });
    if (this.#child.stdout === null) throw new Error('the process has no output');
    this.#lines = createInterface({ input: this.#child.stdout });
  }

  /** Iterations of the loop that take so much CPU time on this machine. */
  async calibrate(cpuMs: number): Promise<number> {
    const { iterations } = await this.#ask<{ iterations: number }>({ calibrate_ms: cpuMs });
    return iterations;
  }

  /** Does the work. */
  async work(work: { readonly messages: number; readonly nodes: number; readonly iterations: number }): Promise<Work> {
    const { seconds, cpu_seconds: cpuSeconds } = await this.#ask<{ seconds: number; cpu_seconds: number }>(work);
    return { tookMs: seconds * 1000, cpuMs: cpuSeconds * 1000 };
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.stdin?.end();
    await exited;
  }

  async #ask<Answer>(command: object): Promise<Answer> {
    this.#child.stdin?.write(`${JSON.stringify(command)}\n`);
    const ended = once(this.#child, 'exit').then(() => Promise.reject(new Error('the process has ended')));
    const [line] = (await Promise.race([once(this.#lines, 'line'), ended])) as [string];
    return JSON.parse(line) as Answer;
  }
}
