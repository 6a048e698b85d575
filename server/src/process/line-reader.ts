/** Told of each line, and of how many of its bytes were cut off because it was longer than allowed (0 for most). */
export type LineListener = (line: string, cutBytes: number) => void;

const NEWLINE = 0x0a;
const FIRST_HELD_BYTES = 256;

/**
 * Splits a stream of bytes into lines and never holds more than one bounded line.
 *
 * A line longer than `maxBytes` keeps its beginning; the rest is counted and thrown away as it comes, so a program that
 * prints megabytes without a line end costs no memory.
 */
export class LineReader {
  readonly #maxBytes: number;
  readonly #onLine: LineListener;
  /** The beginning of a line whose end has not come yet. */
  #held = Buffer.alloc(0);
  #heldBytes = 0;
  #cutBytes = 0;

  constructor(maxBytes: number, onLine: LineListener) {
    this.#maxBytes = maxBytes;
    this.#onLine = onLine;
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      this.#finish(chunk.subarray(start, end));
      start = end + 1;
    }
    this.#hold(chunk.subarray(start));
  }

  /** Reports what is left when the stream has ended without a line end. */
  end(): void {
    if (this.#heldBytes + this.#cutBytes > 0) this.#finish(Buffer.alloc(0));
  }

  #finish(rest: Buffer): void {
    let line = rest;
    // Most lines come whole, in one chunk: those are decoded from where they are.
    if (this.#heldBytes > 0 || rest.length > this.#maxBytes) {
      this.#hold(rest);
      line = this.#held.subarray(0, this.#heldBytes);
    }
    const cutBytes = this.#cutBytes;
    this.#heldBytes = 0;
    this.#cutBytes = 0;
    this.#onLine(line.toString('utf8'), cutBytes);
  }

  #hold(bytes: Buffer): void {
    const kept = Math.min(bytes.length, this.#maxBytes - this.#heldBytes);
    this.#cutBytes += bytes.length - kept;
    if (kept === 0) return;
    this.#reserve(this.#heldBytes + kept);
    bytes.copy(this.#held, this.#heldBytes, 0, kept);
    this.#heldBytes += kept;
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#held.length) return;
    let size = Math.max(this.#held.length, FIRST_HELD_BYTES);
    while (size < bytes) size *= 2;
    const larger = Buffer.alloc(Math.min(size, this.#maxBytes));
    this.#held.copy(larger, 0, 0, this.#heldBytes);
    this.#held = larger;
  }
}
