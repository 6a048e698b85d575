// Three processes that stand for a session's nodes, kept over all rounds: starting an interpreter is not what is measured.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** @typedef {{ inbox: number, senders: number[], receivers: number[] }} Part what one child opens */

export class Children {
  /** @type {Child[]} */
  #children;

  /** @param {string} python @param {Part[]} parts */
  constructor(python, parts) {
    this.#children = parts.map((part) => new Child(python, part));
  }

  /** Milliseconds that each child took, by its own clock. @param {{ root: string, prefix: string }} domain */
  open({ root, prefix }) {
    return Promise.all(this.#children.map((child) => child.order({ root, prefix, ...child.part })));
  }

  close() {
    return Promise.all(this.#children.map((child) => child.order({})));
  }

  async stop() {
    await Promise.all(this.#children.map((child) => child.stop()));
  }
}

class Child {
  #process;
  #answers;

  /** @param {string} python @param {Part} part */
  constructor(python, part) {
    this.part = part;
    this.#process = spawn(python, [fileURLToPath(new URL('opener.py', import.meta.url))], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#answers = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  /** @param {object} line @returns {Promise<number>} */
  async order(line) {
    this.#process.stdin.write(`${JSON.stringify(line)}\n`);
    const { value, done } = await this.#answers.next();
    if (done) throw new Error(`the child with inbox ${this.part.inbox} ended early`);
    return JSON.parse(value).ms;
  }

  async stop() {
    const exited = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.stdin.end();
    await exited;
  }
}
