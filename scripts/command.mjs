// Runs other programs for the scripts of this folder.
import { spawn, spawnSync } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';

/** The repository's root, without a slash at the end. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');

/**
 * @typedef {object} Command
 * @property {string} program
 * @property {string[]} args
 * @property {string} [cwd] relative to the root; the root when absent
 * @property {Record<string, string>} [env] added to the environment
 */

/**
 * @typedef {object} Finished
 * @property {number} exitCode 0 when the program ended well; 128 + n when signal n ended it
 * @property {string} output what it printed, both streams in the order they came
 * @property {number} ms
 */

/** The scripts forward these to the program that runs at the time, so that one Ctrl-C ends everything. */
const FORWARDED_SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM']);

/** The command as a person would type it. @param {Command} command */
export function commandLine(command) {
  const place = command.cwd === undefined ? '' : `cd ${command.cwd} && `;
  const settings = Object.entries(command.env ?? {})
    .filter(([name]) => name !== 'PATH')
    .map(([name, value]) => `${name}=${quote(value)} `);
  return `${place}${settings.join('')}${[command.program, ...command.args].map(quote).join(' ')}`;
}

/** @param {string} word */
function quote(word) {
  if (word === process.execPath) return 'node';
  const short = word.startsWith(`${ROOT}/`) ? word.slice(ROOT.length + 1) : word;
  return /^[\w@%+=:,./-]+$/.test(short) ? short : `'${short.replaceAll("'", "'\\''")}'`;
}

/** Turns pieces of text into lines; one for each stream, so that two half lines never become one. */
class LineSplitter {
  #rest = '';

  /** @param {((line: string) => void) | undefined} onLine */
  constructor(onLine) {
    this.onLine = onLine;
  }

  /** @param {string} text */
  take(text) {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.onLine?.(line);
  }

  /** The last line may lack its end. */
  end() {
    if (this.#rest !== '') this.onLine?.(this.#rest);
    this.#rest = '';
  }
}

/**
 * Runs a program to its end. Each line of its output goes to `onLine` as it comes.
 * @param {Command} command
 * @param {(line: string) => void} [onLine]
 * @returns {Promise<Finished>}
 */
export function run(command, onLine) {
  const started = performance.now();
  return new Promise((resolve) => {
    const child = spawn(command.program, command.args, {
      cwd: command.cwd === undefined ? ROOT : `${ROOT}/${command.cwd}`,
      env: { ...process.env, ...command.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, so that a signal reaches what the program has started too (cargo leaves its tests behind).
      detached: true,
    });
    /** @type {string[]} */
    const output = [];
    const streams = [child.stdout, child.stderr].map((stream) => {
      const lines = new LineSplitter(onLine);
      stream.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
        output.push(text);
        lines.take(text);
      });
      return lines;
    });
    /** @type {NodeJS.Signals | null} */
    let interrupt = null;
    const stopForwarding = forwardSignals((signal) => {
      interrupt = signal;
      if (child.pid !== undefined) killGroup(child.pid, signal);
    });
    /** @param {number} exitCode */
    const finish = (exitCode) => {
      stopForwarding();
      // Whoever asked this program to stop means all of it, not only the command that ran at the time.
      if (interrupt !== null) process.exit(signalExitCode(interrupt));
      for (const lines of streams) lines.end();
      resolve({ exitCode, output: output.join(''), ms: performance.now() - started });
    };
    child.once('error', (error) => {
      output.push(`${command.program}: ${error.message}\n`);
      finish(127);
    });
    child.once('close', (code, signal) => {
      if (child.pid !== undefined) finish(code ?? signalExitCode(signal));
    });
  });
}

/**
 * Runs a program with this process's own streams, and returns its exit code.
 * @param {Command} command
 * @returns {Promise<number>}
 */
export function runInForeground(command) {
  return new Promise((resolve) => {
    const child = spawn(command.program, command.args, {
      cwd: command.cwd === undefined ? ROOT : `${ROOT}/${command.cwd}`,
      env: { ...process.env, ...command.env },
      stdio: 'inherit',
    });
    // A terminal sends Ctrl-C to the whole foreground group, so SIGINT reaches the child without help.
    const stopForwarding = forwardSignals((signal) => signal === 'SIGTERM' && child.kill(signal));
    child.once('error', (error) => {
      stopForwarding();
      console.error(`${command.program}: ${error.message}`);
      resolve(127);
    });
    child.once('exit', (code, signal) => {
      stopForwarding();
      resolve(code ?? signalExitCode(signal));
    });
  });
}

/**
 * The first line that a program prints for these arguments, or null when it cannot be run.
 * @param {string} program
 * @param {string[]} args
 */
export function firstLine(program, args) {
  const result = spawnSync(program, args, { encoding: 'utf8', cwd: ROOT });
  if (result.error !== undefined || result.status !== 0) return null;
  return (result.stdout.trim() || result.stderr.trim()).split('\n')[0] ?? '';
}

/**
 * @param {number} pid
 * @param {NodeJS.Signals} signal
 */
function killGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch {
    // It ended in the same moment.
  }
}

/** @param {(signal: NodeJS.Signals) => unknown} send */
function forwardSignals(send) {
  const handlers = FORWARDED_SIGNALS.map((signal) => {
    const handler = () => void send(signal);
    process.on(signal, handler);
    return /** @type {const} */ ([signal, handler]);
  });
  return () => {
    for (const [signal, handler] of handlers) process.off(signal, handler);
  };
}

/** @param {NodeJS.Signals | null} signal */
function signalExitCode(signal) {
  const numbers = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGSEGV: 11, SIGTERM: 15 };
  return 128 + (signal !== null && signal in numbers ? numbers[/** @type {keyof typeof numbers} */ (signal)] : 0);
}
