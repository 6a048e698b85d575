import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('one_process.py', import.meta.url));

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

  /** Milliseconds that the work takes. */
  async work(work: {
    readonly messages: number;
    readonly nodes: number;
    readonly iterations: number;
  }): Promise<number> {
    const { seconds } = await this.#ask<{ seconds: number }>(work);
    return seconds * 1000;
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
