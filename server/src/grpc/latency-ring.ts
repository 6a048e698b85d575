/** More chunks than this are never in a pipeline whose time anyone still wants to know. */
const SLOTS = 4096;

/** Remembers when the latest chunks came in, by their sequence, at a fixed cost. */
export class LatencyRing {
  readonly #sequences = new Float64Array(SLOTS).fill(-1);
  readonly #startedMs = new Float64Array(SLOTS);

  start(sequence: number): void {
    const slot = sequence % SLOTS;
    this.#sequences[slot] = sequence;
    this.#startedMs[slot] = performance.now();
  }

  /** Milliseconds since the chunk came in; 0 for one that is not known (any more). */
  elapsedMs(sequence: number): number {
    const slot = sequence % SLOTS;
    if (this.#sequences[slot] !== sequence) return 0;
    return performance.now() - (this.#startedMs[slot] ?? 0);
  }
}
