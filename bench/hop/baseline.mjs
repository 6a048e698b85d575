// Drives baseline.py, which measures the bare means in processes of its own.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export class Baseline {
  /** @type {import('node:child_process').ChildProcessByStdio<import('node:stream').Writable, import('node:stream').Readable, null>} */
  #child;
  /** @type {AsyncIterator<string>} */
  #lines;

  /** @param {string} python */
  constructor(python) {
    this.#child = spawn(python, [fileURLToPath(new URL('baseline.py', import.meta.url))], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** @param {string} python */
  static async start(python) {
    return new Baseline(python);
  }

  /**
   * @param {'wake_up' | 'pipe' | 'memcpy'} means
   * @param {import('./hop.mjs').Work} work
   * @returns {Promise<import('./hop.mjs').Measured>}
   */
  async measure(means, work) {
    this.#child.stdin.write(`${JSON.stringify({ means, ...work })}\n`);
    const { value, done } = await this.#lines.next();
    if (done) throw new Error('the baseline ended early');
    return JSON.parse(value);
  }

  async stop() {
    const exited = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.stdin.end();
    await exited;
  }
}
