/** The last lines a program printed, bounded in lines and in characters. */
export class OutputTail {
  readonly #maxLines: number;
  readonly #maxChars: number;
  readonly #lines: string[] = [];
  #chars = 0;

  constructor(maxLines = 50, maxChars = 16 * 1024) {
    this.#maxLines = maxLines;
    this.#maxChars = maxChars;
  }

  push(line: string): void {
    // A slice keeps the whole of its parent alive, and the parent may be as long as a line is allowed to be: that is bounded.
    const kept = line.length > this.#maxChars ? line.slice(0, this.#maxChars) : line;
    this.#lines.push(kept);
    this.#chars += kept.length;
    while (this.#lines.length > this.#maxLines || this.#chars > this.#maxChars) {
      this.#chars -= this.#lines.shift()?.length ?? 0;
    }
  }

  /** Oldest first. */
  get lines(): string[] {
    return [...this.#lines];
  }
}
