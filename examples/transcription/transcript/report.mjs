// Tells a person how far the transcription is.
import { clock } from './subtitles.mjs';

const BAR_WIDTH = 24;

/** A bar on the last line of a terminal, and texts above it as they come; where there is no terminal, only the texts. */
export class Progress {
  #totalMs;
  #doneMs = 0;
  #hasBar = process.stderr.isTTY;
  #isQuiet;

  /** @param {number} totalMs @param {boolean} isQuiet */
  constructor(totalMs, isQuiet) {
    this.#totalMs = totalMs;
    this.#isQuiet = isQuiet;
  }

  /** @param {string} text */
  say(text) {
    if (this.#isQuiet) return;
    this.#clear();
    process.stderr.write(`${text}\n`);
  }

  /** What was heard so far, which may still change. @param {number} endMs @param {string} text */
  hear(endMs, text) {
    this.#doneMs = Math.max(this.#doneMs, endMs);
    if (this.#isQuiet || !this.#hasBar) return;
    const share = Math.min(1, this.#doneMs / this.#totalMs);
    const full = Math.round(share * BAR_WIDTH);
    const bar = '#'.repeat(full) + '.'.repeat(BAR_WIDTH - full);
    const line = `${clock(this.#doneMs, '.')} [${bar}] ${String(Math.floor(share * 100)).padStart(3)} %  `;
    const room = Math.max(0, (process.stderr.columns ?? 80) - line.length - 1);
    this.#clear();
    process.stderr.write(line + (room === 0 ? '' : text.slice(-room)));
  }

  /** @param {import('./subtitles.mjs').Segment} segment */
  done({ startMs, endMs, text }) {
    if (!this.#isQuiet) {
      this.#clear();
      process.stdout.write(`${clock(startMs, '.')}  ${text}\n`);
    }
    this.hear(endMs, '');
  }

  /** Takes the bar away. */
  close() {
    this.#clear();
  }

  #clear() {
    if (this.#hasBar && !this.#isQuiet) process.stderr.write('\r\x1b[K');
  }
}
