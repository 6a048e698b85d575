import type { ErrorCode, RemoteMediaError } from '@remotemedia/contract';
import type { Logger } from '../observe/logger.js';

/** Between two lines: whoever tries tokens shall not fill the disk. */
const QUIET_MS = 1000;

interface Silence {
  untilMs: number;
  /** Lines that were not written in it. */
  leftOut: number;
}

/** Logs refused calls: at once, but of each kind at most one a second, with the number of those in between. */
export class RefusalLog {
  readonly #log: Logger;
  readonly #silences = new Map<ErrorCode, Silence>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** @param peer address and port of the client */
  add(path: string, peer: string, { code, message }: RemoteMediaError): void {
    const nowMs = performance.now();
    const silence = this.#silences.get(code);
    if (silence !== undefined && nowMs < silence.untilMs) {
      silence.leftOut += 1;
      return;
    }
    const others = silence === undefined || silence.leftOut === 0 ? '' : `, and ${silence.leftOut} calls before it`;
    this.#silences.set(code, { untilMs: nowMs + QUIET_MS, leftOut: 0 });
    this.#log.warn(`[${code}] Call of ${path} from ${peer} refused${others}: ${message}`);
  }
}
