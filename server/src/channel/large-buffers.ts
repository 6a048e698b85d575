/** Buffers kept for reuse; a reader works on one frame at a time, so more would only hold memory. */
const MAX_KEPT = 2;

/** A copy of a frame's bytes, for one reader. */
export interface BorrowedCopy {
  readonly bytes: Uint8Array;
  /** Takes the memory back. Whatever still looks at it has length 0 from here on. */
  giveBack(): void;
}

/**
 * Copies of large frames, in memory that is used again.
 *
 * New memory for each frame costs more than the copy: for 6 MB the kernel makes some 1,500 pages, and the garbage collector
 * takes them away again (15 ms a frame where the copy takes 0.6 ms). A copy and not the frame's own shared memory,
 * because that is mapped read-only, and a node that changes its input in place would end the service.
 */
export class LargeBuffers {
  readonly #free: ArrayBuffer[] = [];

  copyOf(body: Uint8Array): BorrowedCopy {
    const at = this.#free.findIndex((buffer) => buffer.byteLength >= body.byteLength);
    const buffer = at < 0 ? new ArrayBuffer(roomFor(body.byteLength)) : this.#free.splice(at, 1)[0];
    if (buffer === undefined) throw new Error('unreachable: the index was found above');
    const bytes = new Uint8Array(buffer, 0, body.byteLength);
    bytes.set(body);
    return { bytes, giveBack: () => this.#keep(buffer) };
  }

  #keep(buffer: ArrayBuffer): void {
    // Moves the memory into a new buffer: a reader that kept the old one sees nothing, and not another frame's bytes.
    const moved = structuredClone(buffer, { transfer: [buffer] });
    if (this.#free.length === MAX_KEPT) this.#free.shift();
    this.#free.push(moved);
  }
}

/** Some more than is asked for, so that frames of nearly one size share their buffers. */
function roomFor(byteLength: number): number {
  const step = 2 ** Math.max(12, Math.ceil(Math.log2(byteLength)) - 3);
  return Math.ceil(byteLength / step) * step;
}
