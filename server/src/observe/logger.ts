import { type LineLevel, LOG_LEVELS, type LogLevel } from './level.js';
import { JsonSink, type LineWriter, type LogFields, type LogSink, openStandardError, TextSink } from './log-sink.js';

export type LogFormat = 'text' | 'json';

export interface LoggerOptions {
  level: LogLevel;
  format: LogFormat;
  /** Where lines go; standard error unless a test wants them. */
  writer?: LineWriter;
}

/** What a child logger is about. */
export interface LogScope {
  session?: string;
  node?: string;
  pid?: number;
  /** What the client calls the request. */
  request_id?: string;
  /** The client's trace, and the span in it that has made the call. */
  trace_id?: string;
  span_id?: string;
}

/**
 * A leveled logger that knows which session and node it speaks for.
 *
 * In text a session's logger writes `Session <id>: ` before each message and a node's `Node <id>: ` after that; in JSON the
 * same facts are the fields `session`, `node` and `pid`. A request and a trace that the client has named stand after each message
 * of its session. Fields given with a single line never change its text.
 */
export class Logger {
  readonly #sink: LogSink;
  readonly #threshold: number;
  readonly #fields: LogFields;
  readonly #prefix: string;

  constructor(sink: LogSink, level: LogLevel, fields: LogFields = {}, prefix = '') {
    this.#sink = sink;
    this.#threshold = LOG_LEVELS.indexOf(level);
    this.#fields = fields;
    this.#prefix = prefix;
  }

  get level(): LogLevel {
    return LOG_LEVELS[this.#threshold] ?? 'silent';
  }

  /** The same logger without the text prefix, for lines that name what they are about themselves. */
  get plain(): Logger {
    return new Logger(this.#sink, this.level, this.#fields);
  }

  child(scope: LogScope): Logger {
    const session = scope.session === undefined ? '' : `Session ${scope.session}: `;
    const node = scope.node === undefined ? '' : `Node ${scope.node}: `;
    return new Logger(this.#sink, this.level, { ...this.#fields, ...scope }, this.#prefix + session + node);
  }

  /** True when lines of this level are written: for callers that would have to build an expensive message first. */
  enables(level: LineLevel): boolean {
    return LOG_LEVELS.indexOf(level) >= this.#threshold;
  }

  log(level: LineLevel, message: string, fields?: LogFields): void {
    if (!this.enables(level)) return;
    const all = fields === undefined ? this.#fields : { ...this.#fields, ...fields };
    this.#sink.write({ level, message, prefix: this.#prefix, fields: all });
  }

  trace(message: string, fields?: LogFields): void {
    this.log('trace', message, fields);
  }

  debug(message: string, fields?: LogFields): void {
    this.log('debug', message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.log('info', message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.log('warn', message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.log('error', message, fields);
  }

  /** Waits until every line written so far has left the process. */
  flush(): Promise<void> {
    return this.#sink.flush();
  }
}

/** The logger at the root: everything in the service logs through it or a child of it. */
export function createLogger(options: LoggerOptions): Logger {
  const writer =
    options.writer ?? openStandardError((lines) => log.warn(`${lines} log lines left out: nobody read them`));
  const sink = options.format === 'json' ? new JsonSink(writer, options.level) : new TextSink(writer);
  const log = new Logger(sink, options.level);
  return log;
}

/** A logger that writes nothing, for tests and for callers that want no log. */
export function silentLogger(): Logger {
  return createLogger({ level: 'silent', format: 'text', writer: { write: () => undefined } });
}
