/**
 * Where log lines go: text for people, JSON for machines, both through pino's asynchronous destination.
 *
 * A line is handed to a buffer that a thread of libuv's pool writes out, so a reader that stands still never blocks the
 * event loop. The buffer is bounded: past it lines are dropped, counted, and the count is logged once there is room.
 */
import { type ErrorDetails, isRemoteMediaError } from '@remotemedia/contract';
import { pino } from 'pino';
import type { LineLevel, LogLevel } from './level.js';

/** Facts that go with a line; in JSON each is a key, in text only `err` and `details` are shown. */
export interface LogFields {
  session?: string;
  node?: string;
  /** Operating-system id of the process the line is about (not of the service). */
  pid?: number;
  request_id?: string;
  trace_id?: string;
  err?: unknown;
  /** Of an error whose message the line gives: text shows its traceback, or else the last lines of stderr. */
  details?: ErrorDetails;
  [key: string]: unknown;
}

/** One line, not yet formatted. */
export interface LogLine {
  level: LineLevel;
  message: string;
  /** What stands before the message in text; JSON has it as fields. */
  prefix: string;
  fields: LogFields;
}

export interface LogSink {
  write(line: LogLine): void;
  /** Waits until everything written so far has left the process. */
  flush(): Promise<void>;
}

/** A destination for finished lines: pino's, or a test's own. */
export interface LineWriter {
  write(text: string): unknown;
  flush?(done: (error?: Error) => void): void;
}

const MAX_BUFFERED_BYTES = 8 * 1024 * 1024;

/**
 * Opens standard error as the bounded, asynchronous destination of the log.
 *
 * @param onDropped told how many lines did not fit, once there is room again
 */
export function openStandardError(onDropped: (lines: number) => void): LineWriter {
  const destination = pino.destination({ dest: 2, sync: false, maxLength: MAX_BUFFERED_BYTES });
  let dropped = 0;
  destination.on('drop', () => {
    dropped += 1;
  });
  // Nobody can be told that the log has nobody to tell.
  destination.on('error', () => undefined);
  destination.on('drain', () => {
    if (dropped === 0) return;
    const lines = dropped;
    dropped = 0;
    onDropped(lines);
  });
  return {
    write: (text) => destination.write(text),
    flush: (done) => destination.flush(done),
  };
}

/** `[INFO] Session abc123: All nodes initialized` */
export class TextSink implements LogSink {
  readonly #writer: LineWriter;

  constructor(writer: LineWriter) {
    this.#writer = writer;
  }

  write(line: LogLine): void {
    const { err, details } = line.fields;
    const error = err === undefined ? '' : `: ${describeError(err)}`;
    const text = line.prefix + line.message + describeOrigin(line.fields) + error + describeDetails(details);
    this.#writer.write(`[${line.level.toUpperCase()}] ${oneEntry(text)}\n`);
  }

  flush(): Promise<void> {
    return flushWriter(this.#writer);
  }
}

/** `{"level":"info","time":"…","session":"abc123","msg":"All nodes initialized"}` */
export class JsonSink implements LogSink {
  readonly #writer: LineWriter;
  readonly #pino: pino.Logger<never>;

  constructor(writer: LineWriter, level: LogLevel) {
    this.#writer = writer;
    const options = {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label: string) => ({ level: label }) },
    };
    this.#pino = pino(options, { write: (text: string) => void writer.write(escapeRest(text)) });
  }

  write(line: LogLine): void {
    this.#pino[line.level](line.fields, line.message);
  }

  flush(): Promise<void> {
    return flushWriter(this.#writer);
  }
}

function flushWriter(writer: LineWriter): Promise<void> {
  return new Promise((resolve) => {
    if (writer.flush === undefined) resolve();
    // A log that cannot be flushed (a closed terminal) is no reason to fail a shutdown.
    else writer.flush(() => resolve());
  });
}

/** Whose request a line is about, where its client has said so. */
function describeOrigin({ request_id: request, trace_id: trace }: LogFields): string {
  const names = [
    ...(request === undefined ? [] : [`request_id=${request}`]),
    ...(trace === undefined ? [] : [`trace_id=${trace}`]),
  ];
  return names.length === 0 ? '' : ` (${names.join(' ')})`;
}

function describeError(error: unknown): string {
  // Where our own errors are made says nothing; what they carry does.
  if (isRemoteMediaError(error)) return error.message + describeDetails(error.details);
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function describeDetails(details: ErrorDetails | undefined): string {
  const text = details?.traceback ?? details?.stderr?.join('\n') ?? '';
  return text === '' ? '' : `\n${text.trimEnd()}`;
}

// Messages quote node output and session ids that clients choose. Continuation lines are indented and control characters
// taken out, so that no quoted text can pass for an entry of its own or steer the terminal that shows it.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this expression is for
const CONTROL_CHARACTERS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

function oneEntry(text: string): string {
  return text
    .replace(/\r\n|[\u2028\u2029]/g, '\n')
    .replace(CONTROL_CHARACTERS, '')
    .replace(/\n/g, '\n    ');
}

// What JSON may have as it is, but a terminal or a reader of lines takes for a command or a line end. It stands in strings only.
const LEFT_BY_JSON = /[\u007f-\u009f\u2028\u2029]/g;

function escapeRest(json: string): string {
  return json.replace(LEFT_BY_JSON, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
