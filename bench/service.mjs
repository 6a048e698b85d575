// `remotemedia serve` in a process of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const COMMAND = fileURLToPath(new URL('../cli/bin/remotemedia.mjs', import.meta.url));

export class ServiceProcess {
  #child;
  #folder;
  /** Lines of its log. @type {string[]} */
  log = [];
  address = '';

  /** @param {import('node:child_process').ChildProcessByStdio<null, import('node:stream').Readable, import('node:stream').Readable>} child @param {string} folder */
  constructor(child, folder) {
    this.#child = child;
    this.#folder = folder;
    createInterface({ input: child.stderr }).on('line', (line) => this.log.push(line));
  }

  /** Resolves when it listens. @param {string[]} nodes folders with node classes */
  static async start(nodes = []) {
    const folder = mkdtempSync(join(tmpdir(), 'rm-bench-'));
    const config = join(folder, 'runtime.toml');
    writeFileSync(config, `[multiprocess.python]\nextra_paths = ${JSON.stringify(nodes)}\n`);
    const child = spawn(COMMAND, ['serve', '--port', '0', '--config', config, '--json'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const service = new ServiceProcess(child, folder);
    const events = createInterface({ input: child.stdout });
    for await (const line of events) {
      const { event, address } = JSON.parse(line);
      if (event !== 'listening') continue;
      service.address = address;
      // Whatever else it tells is not needed, but must not fill the pipe.
      child.stdout.resume();
      return service;
    }
    throw new Error(`the service did not start: ${service.log.join('\n')}`);
  }

  get pid() {
    if (this.#child.pid === undefined) throw new Error('the service did not start');
    return this.#child.pid;
  }

  async stop() {
    const closed = once(this.#child, 'close');
    if (this.#child.exitCode === null && this.#child.kill('SIGTERM')) await closed;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
