import { appendFileSync } from 'node:fs';
import { RemoteMediaError } from '@remotemedia/contract';
import { ChildGroup } from '../process/child-group.js';
import { LineReader } from '../process/line-reader.js';
import { OutputTail } from '../process/output-tail.js';
import { describeExit } from '../process/process-errors.js';
import type { CommandLine } from './installer.js';

export interface LoggedOptions {
  /** What it is for, as the error begins: `Installing the packages of WhisperNode`. */
  readonly what: string;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** File that everything it prints is added to. */
  readonly logPath: string;
  readonly signal: AbortSignal;
  /** What to do when it fails. Default: to read the log. */
  readonly hint?: string | undefined;
}

const MAX_LINE_BYTES = 8 * 1024;
const TAIL_LINES = 12;

/**
 * Runs a program to its end, in a process group of its own that is killed when the signal comes.
 *
 * @returns what it wrote to standard output
 * @throws RemoteMediaError `engine.missing` with its last lines when it fails, `session.cancelled` when it is interrupted
 */
export async function runLogged([command, ...args]: CommandLine, options: LoggedOptions): Promise<string> {
  const { what, logPath, signal } = options;
  if (signal.aborted) throw interrupted();
  const output: Buffer[] = [];
  const tail = new OutputTail(TAIL_LINES);
  const lines = new LineReader(MAX_LINE_BYTES, (line) => tail.push(line));
  const take = (chunk: Buffer): void => {
    appendFileSync(logPath, chunk);
    lines.push(chunk);
  };
  appendFileSync(logPath, `$ ${[command, ...args].join(' ')}\n`);
  const group = new ChildGroup({
    command,
    args,
    cwd: options.cwd,
    env: options.env,
    stdin: null,
    onStdout: (chunk) => {
      output.push(chunk);
      take(chunk);
    },
    onStderr: take,
    onControl: () => undefined,
  });
  const kill = (): void => group.kill('SIGKILL');
  signal.addEventListener('abort', kill, { once: true });
  const exit = await group.exit;
  signal.removeEventListener('abort', kill);
  group.close();
  lines.end();
  if (signal.aborted) throw interrupted();
  if (exit.exitCode === 0) return Buffer.concat(output).toString('utf8');
  throw new RemoteMediaError('engine.missing', `${what} failed: ${command} ${describeExit(exit)}`, {
    hint: options.hint ?? `Read the whole output in ${logPath}, correct what it names, and run the command again.`,
    details: { stderr: tail.lines, ...(exit.exitCode === null ? {} : { exitCode: exit.exitCode }) },
  });
}

/** The error of an installation that its user has ended. */
export function interrupted(): RemoteMediaError {
  return new RemoteMediaError('session.cancelled', 'Interrupted; nothing was installed', { hint: null });
}
