import { type ProcessLine, parseProcessLine, plainText } from '@remotemedia/contract';
import type { Logger } from '../observe/logger.js';
import { LineReader } from './line-reader.js';

/** A line longer than this is a fault: nothing that is said here needs it, a traceback included. */
export const MAX_CONTROL_LINE_BYTES = 1024 * 1024;

const SHOWN_CHARS = 200;

export interface ControlReaderOptions {
  log: Logger;
  onMessage: (message: ProcessLine) => void;
  /** The process broke the protocol in a way that cannot be skipped; `fault` is a clause such as `sent a line of …`. */
  onFault: (fault: string) => void;
}

/**
 * Turns the bytes of a control pipe into messages.
 *
 * A line that is no message known here is logged and skipped: a newer SDK may say more than this service understands.
 */
export class ControlReader {
  readonly #lines: LineReader;
  readonly #options: ControlReaderOptions;

  constructor(options: ControlReaderOptions) {
    this.#options = options;
    this.#lines = new LineReader(MAX_CONTROL_LINE_BYTES, (line, cutBytes) => this.#take(line, cutBytes));
  }

  push(chunk: Buffer): void {
    this.#lines.push(chunk);
  }

  #take(line: string, cutBytes: number): void {
    const { log, onMessage, onFault } = this.#options;
    if (cutBytes > 0) {
      onFault(
        `sent a control line of ${MAX_CONTROL_LINE_BYTES + cutBytes} bytes; ${MAX_CONTROL_LINE_BYTES} are allowed`,
      );
      return;
    }
    const parsed = parseProcessLine(line);
    if (parsed.status === 'line') {
      onMessage(parsed.line);
      return;
    }
    const why = parsed.status === 'unknown' ? `unknown type ${parsed.type}` : parsed.reason;
    log.warn(`Control line skipped (${plainText(why, SHOWN_CHARS)}): ${plainText(line, SHOWN_CHARS)}`);
  }
}
