/**
 * What a Python process prints: into the log line by line, with a bounded memory of the last lines of stderr.
 *
 * Nothing here waits or keeps a queue: a node may print as much and as fast as it likes. Past a number of lines per second
 * they are counted instead of logged, because the log is shared and formatting a flood would hold up every other session.
 */
import { stripVTControlCharacters } from 'node:util';
import type { Logger } from '../observe/logger.js';
import { LineReader } from './line-reader.js';
import { OutputTail } from './output-tail.js';

export type OutputStream = 'stdout' | 'stderr';

/** One line of output as it is told to whoever asked for it. */
export interface OutputLine {
  stream: OutputStream;
  text: string;
}

export interface ProcessOutputOptions {
  /** The node's own logger. */
  log: Logger;
  onLine?: ((line: OutputLine) => void) | undefined;
  /** Clock in milliseconds, for tests. */
  now?: () => number;
}

export const MAX_LINE_BYTES = 8 * 1024;
export const MAX_LOGGED_LINES_PER_SECOND = 500;

export class ProcessOutput {
  readonly stdout: LineReader;
  readonly stderr: LineReader;
  readonly #stderrTail = new OutputTail();
  readonly #log: Logger;
  readonly #onLine: ((line: OutputLine) => void) | undefined;
  readonly #now: () => number;
  #windowStart: number;
  #linesInWindow = 0;
  #suppressed = 0;

  constructor(options: ProcessOutputOptions) {
    this.#log = options.log;
    this.#onLine = options.onLine;
    this.#now = options.now ?? (() => performance.now());
    this.#windowStart = this.#now();
    this.stdout = new LineReader(MAX_LINE_BYTES, (line, cutBytes) => this.#take('stdout', line, cutBytes));
    this.stderr = new LineReader(MAX_LINE_BYTES, (line, cutBytes) => this.#take('stderr', line, cutBytes));
  }

  /** The last lines of stderr, oldest first: at most 50 lines and 16 KiB. */
  get stderrTail(): string[] {
    return this.#stderrTail.lines;
  }

  /** Takes what was printed without a line end, and logs how many lines were left out. */
  end(): void {
    this.stdout.end();
    this.stderr.end();
    this.#logSuppressed();
  }

  #take(stream: OutputStream, raw: string, cutBytes: number): void {
    const shown = lastRewrite(stripVTControlCharacters(raw));
    const text = cutBytes === 0 ? shown : `${shown}… (${cutBytes} bytes cut)`;
    if (stream === 'stderr') this.#stderrTail.push(text);
    this.#onLine?.({ stream, text });
    if (text !== '' && this.#admit()) this.#log.info(text, { stream });
  }

  #admit(): boolean {
    const now = this.#now();
    if (now - this.#windowStart >= 1000) {
      this.#logSuppressed();
      this.#windowStart = now;
      this.#linesInWindow = 0;
    }
    if (this.#linesInWindow < MAX_LOGGED_LINES_PER_SECOND) {
      this.#linesInWindow += 1;
      return true;
    }
    this.#suppressed += 1;
    return false;
  }

  #logSuppressed(): void {
    if (this.#suppressed === 0) return;
    this.#log.warn(`${this.#suppressed} lines of output left out: more than ${MAX_LOGGED_LINES_PER_SECOND} a second`);
    this.#suppressed = 0;
  }
}

/** What a terminal would show of a line that rewrites itself with carriage returns, as progress bars do. */
function lastRewrite(line: string): string {
  const trimmed = line.endsWith('\r') ? line.slice(0, -1) : line;
  return trimmed.slice(trimmed.lastIndexOf('\r') + 1);
}
