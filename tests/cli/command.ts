import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const COMMAND = fileURLToPath(new URL('../../cli/bin/remotemedia.mjs', import.meta.url));

export interface Outcome {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command as a user runs it: its own process, from what set-up has built. */
export class Command {
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  readonly #waiting = new Set<() => void>();
  readonly #closed: Promise<unknown>;
  #stderr = '';

  /** @param env added to the environment of this process */
  constructor(args: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}) {
    const options = { cwd, env: { ...process.env, ...env } };
    this.#child = spawn(process.execPath, [COMMAND, ...args], { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    const { stdout, stderr } = this.#child;
    if (stdout === null || stderr === null) throw new Error('the command has no output');
    this.#closed = once(this.#child, 'close').then(() => this.#wake());
    createInterface({ input: stdout }).on('line', (line) => {
      this.#lines.push(line);
      this.#wake();
    });
    stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
      this.#wake();
    });
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('the command could not be started');
    return this.#child.pid;
  }

  /** The first line of stdout, past or future, that matches. */
  async line(matches: RegExp): Promise<string> {
    for (;;) {
      const line = this.#lines.find((each) => matches.test(each));
      if (line !== undefined) return line;
      if (this.#child.exitCode !== null) throw new Error(`the command ended without ${matches}: ${this.#stderr}`);
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** Resolves when stderr has a text that matches. */
  async said(matches: RegExp): Promise<void> {
    while (!matches.test(this.#stderr)) {
      if (this.#child.exitCode !== null) throw new Error(`the command ended without ${matches}: ${this.#stderr}`);
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async end(): Promise<Outcome> {
    await this.#closed;
    const stdout = this.#lines.map((line) => `${line}\n`).join('');
    return { exitCode: this.#child.exitCode, stdout, stderr: this.#stderr };
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

/** The JSON lines of an output. */
export function jsonLines(stdout: string): Record<string, unknown>[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
