/** More chunks than this are never in a pipeline whose time anyone still wants to know. */
const MAX_SLOTS = 4096;
/** A short stream is to cost little: the memory of many of them is garbage for a while. */
const FIRST_SLOTS = 64;

/** Remembers when the latest chunks came in, by their sequence, at a cost that is fixed in the end. */
export class LatencyRing {
  #sequences = new Float64Array(FIRST_SLOTS).fill(-1);
  #startedMs = new Float64Array(FIRST_SLOTS);

  start(sequence: number): void {
    while (this.#sequences.length < MAX_SLOTS && this.#isTaken(sequence)) this.#grow();
    this.#put(sequence, performance.now());
  }

  /** Milliseconds since the chunk came in; 0 for one that is not known (any more). */
  elapsedMs(sequence: number): number {
    const slot = sequence % this.#sequences.length;
    if (this.#sequences[slot] !== sequence) return 0;
    return performance.now() - (this.#startedMs[slot] ?? 0);
  }

  /** Whether an earlier chunk would have to go. */
  #isTaken(sequence: number): boolean {
    return (this.#sequences[sequence % this.#sequences.length] ?? -1) >= 0;
  }

  #put(sequence: number, startedMs: number): void {
    const slot = sequence % this.#sequences.length;
    this.#sequences[slot] = sequence;
    this.#startedMs[slot] = startedMs;
  }

  #grow(): void {
    const [sequences, startedMs] = [this.#sequences, this.#startedMs];
    this.#sequences = new Float64Array(sequences.length * 2).fill(-1);
    this.#startedMs = new Float64Array(sequences.length * 2);
    for (const [slot, sequence] of sequences.entries()) if (sequence >= 0) this.#put(sequence, startedMs[slot] ?? 0);
  }
}
