import type { TextOutput } from '../terminal.js';

/** A block of lines at the end of a terminal that is drawn anew in place. */
export class LiveBlock {
  readonly #output: TextOutput;
  #shown = 0;

  constructor(output: TextOutput) {
    this.#output = output;
  }

  /** Replaces the block. Lines that are too long are cut, since a wrapped line could not be taken back. */
  draw(lines: readonly string[]): void {
    const width = Math.max(20, this.#output.columns - 1);
    const text = lines.map((line) => `\u001b[K${[...line].slice(0, width).join('')}\n`).join('');
    this.#output.write(`${this.#back()}${text}\u001b[J`);
    this.#shown = lines.length;
  }

  /** Removes the block, so that lasting text can be written where it was. */
  clear(): void {
    if (this.#shown > 0) this.#output.write(`${this.#back()}\u001b[J`);
    this.#shown = 0;
  }

  #back(): string {
    return this.#shown === 0 ? '' : `\u001b[${this.#shown}A\r`;
  }
}

const BAR_CELLS = 24;

/** `████████░░░░  33%`; for an unknown fraction a bar that says so. */
export function bar(fraction: number | null): string {
  if (fraction === null) return `${'·'.repeat(BAR_CELLS)}     `;
  const part = Math.min(1, Math.max(0, fraction));
  const full = Math.floor(part * BAR_CELLS);
  return `${'█'.repeat(full)}${'░'.repeat(BAR_CELLS - full)} ${String(Math.floor(part * 100)).padStart(3)}%`;
}
