/** Bytes that were put by: added at the end, taken from the front. */
export class Backlog {
  #pieces: Uint8Array[] = [];
  #bytes = 0;

  get byteLength(): number {
    return this.#bytes;
  }

  /** Keeps a copy, so that a small rest never holds a large buffer. */
  push(bytes: Uint8Array): void {
    if (bytes.byteLength === 0) return;
    this.#pieces.push(new Uint8Array(bytes));
    this.#bytes += bytes.byteLength;
  }

  /** Takes the oldest bytes, so many that `keepBytes` stay; empty when there are no more than that. */
  takeOver(keepBytes: number): Uint8Array {
    const taken = new Uint8Array(Math.max(0, this.#bytes - keepBytes));
    let filled = 0;
    let whole = 0;
    for (const piece of this.#pieces) {
      const room = taken.byteLength - filled;
      if (room === 0) break;
      if (piece.byteLength > room) {
        taken.set(piece.subarray(0, room), filled);
        this.#pieces[whole] = piece.subarray(room);
        break;
      }
      taken.set(piece, filled);
      filled += piece.byteLength;
      whole += 1;
    }
    this.#pieces.splice(0, whole);
    this.#bytes -= taken.byteLength;
    return taken;
  }

  takeAll(): Uint8Array {
    return this.takeOver(0);
  }
}
