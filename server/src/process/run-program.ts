/** Runs a short program to its end, for questions to an interpreter. */
import { ChildGroup } from './child-group.js';
import { deferred } from './deferred.js';
import { LineReader } from './line-reader.js';
import { OutputTail } from './output-tail.js';
import { describeExit } from './process-errors.js';
import { TIMED_OUT, withTimeout } from './with-timeout.js';

export interface ProgramOptions {
  command: string;
  args: readonly string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
  stdin: string | null;
  timeoutMs: number;
  /** Nobody wants the answer any more. */
  signal?: AbortSignal;
  /** Longest line taken from descriptor 3. */
  maxAnswerBytes: number;
}

/** What a program answered and how it ended. */
export interface ProgramResult {
  /** The first line it wrote to descriptor 3; null when it wrote none, or one that was too long. */
  answer: string | null;
  /** Last lines of stderr, oldest first. */
  stderr: string[];
  /** A clause that says how it ended: `exited with code 1`, `did not answer within 20 s`. */
  ending: string;
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  /** There is no such program. */
  isMissing: boolean;
}

const MAX_STDERR_LINE_BYTES = 8 * 1024;
const CANCELLED: unique symbol = Symbol('cancelled');
/** A killed program goes at once unless the kernel itself holds it; then it is left alone. */
const KILL_MS = 1000;

/**
 * Runs a program in a process group of its own until it has answered or ended, the time is over, or nobody waits; then kills
 * what is left.
 *
 * An answer is enough: a module that a program imported may have threads that keep it from ending. Never rejects.
 */
export async function runProgram(options: ProgramOptions): Promise<ProgramResult> {
  const tail = new OutputTail();
  const errors = new LineReader(MAX_STDERR_LINE_BYTES, (line) => tail.push(line));
  const answered = deferred<string>();
  const control = new LineReader(options.maxAnswerBytes, (line, cutBytes) => {
    if (cutBytes === 0) answered.resolve(line);
  });
  const group = new ChildGroup({
    ...options,
    onStdout: () => undefined,
    onStderr: (chunk) => errors.push(chunk),
    onControl: (chunk) => control.push(chunk),
  });
  const cancelled = deferred<typeof CANCELLED>();
  const onAbort = (): void => cancelled.resolve(CANCELLED);
  options.signal?.addEventListener('abort', onAbort, { once: true });
  if (options.signal?.aborted === true) onAbort();
  const first = await withTimeout(Promise.race([answered.promise, group.exit, cancelled.promise]), options.timeoutMs);
  options.signal?.removeEventListener('abort', onAbort);
  group.kill('SIGKILL');
  const exit = await withTimeout(group.exit, KILL_MS);
  group.close();
  errors.end();
  const stderr = tail.lines;
  const silent = { answer: null, stderr, exitCode: null, signal: null, isMissing: false };
  if (typeof first === 'string') return { ...silent, answer: first, ending: 'answered' };
  if (first === CANCELLED) return { ...silent, ending: 'was given up before it answered' };
  if (first === TIMED_OUT || exit === TIMED_OUT) {
    return { ...silent, ending: `did not answer within ${options.timeoutMs / 1000} s` };
  }
  const { exitCode, signal, spawnError } = exit;
  const isMissing = spawnError !== null && 'code' in spawnError && spawnError.code === 'ENOENT';
  const ending = spawnError === null ? `${describeExit(exit)} without an answer` : describeExit(exit);
  return { ...silent, ending, exitCode, signal, isMissing };
}
