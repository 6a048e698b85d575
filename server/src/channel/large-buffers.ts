/** Buffers kept for reuse; a reader works on one frame at a time, so more would only hold memory. */
const MAX_KEPT = 2;

/** Memory for one frame's bytes and one reader. */
export interface LentBuffer {
  readonly bytes: Uint8Array;
  /** Takes the memory back. Whatever still looks at it has length 0 from here on. */
  giveBack(): void;
}

/**
 * Memory for copies of large frames, used again and again.
 *
 * New memory for each frame costs more than the copy: for 6 MB the kernel makes some 1,500 pages, and the garbage collector
 * takes them away again (15 ms a frame where the copy takes 0.6 ms). A copy and not the frame's own shared memory,
 * because that is mapped read-only, and a node that changes its input in place would end the service.
 */
export class LargeBuffers {
  readonly #free: ArrayBuffer[] = [];

  /** Its bytes are what was there before. */
  lend(byteLength: number): LentBuffer {
    const at = this.#free.findIndex((free) => free.byteLength >= byteLength);
    const buffer = (at < 0 ? undefined : this.#free.splice(at, 1)[0]) ?? new ArrayBuffer(roomFor(byteLength));
    const bytes = new Uint8Array(buffer, 0, byteLength);
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
