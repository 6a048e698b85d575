import type { RemoteMediaError } from '@remotemedia/contract';
import type { Logger } from '../observe/logger.js';

/** Between two lines: whoever tries tokens shall not fill the disk. */
const QUIET_MS = 1000;

/** Logs refused calls: at once, but at most one a second, with the number of those in between. */
export class RefusalLog {
  readonly #log: Logger;
  #quietUntilMs = 0;
  #leftOut = 0;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** @param peer address and port of the client */
  add(path: string, peer: string, { code, message }: RemoteMediaError): void {
    const nowMs = performance.now();
    if (nowMs < this.#quietUntilMs) {
      this.#leftOut += 1;
      return;
    }
    const others = this.#leftOut === 0 ? '' : ` (and ${this.#leftOut} calls before it)`;
    this.#leftOut = 0;
    this.#quietUntilMs = nowMs + QUIET_MS;
    this.#log.warn(`[${code}] Call of ${path} from ${peer} refused${others}: ${message}`);
  }
}
