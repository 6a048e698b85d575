/** Bytes that are collected up to a limit. Room doubles, so every byte moves a fixed number of times. */
export class GrowingBytes {
  readonly #limit: number;
  #buffer = new Uint8Array(0);
  #filled = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get byteLength(): number {
    return this.#filled;
  }

  get isFull(): boolean {
    return this.#filled === this.#limit;
  }

  /** Copies as much as still has room, and returns how much that was. */
  append(bytes: Uint8Array): number {
    const taken = Math.min(this.#limit - this.#filled, bytes.byteLength);
    const needed = this.#filled + taken;
    if (needed > this.#buffer.byteLength) {
      const grown = new Uint8Array(Math.min(this.#limit, Math.max(needed, this.#buffer.byteLength * 2)));
      grown.set(this.bytes());
      this.#buffer = grown;
    }
    this.#buffer.set(bytes.subarray(0, taken), this.#filled);
    this.#filled = needed;
    return taken;
  }

  /** All of it, seen in place. */
  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#filled);
  }
}
