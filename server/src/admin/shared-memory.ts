import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

const SHARED_MEMORY = '/dev/shm';
/** `stat` counts blocks of this size, whatever the file system has. */
const BLOCK_BYTES = 512;

/** Bytes of shared memory by owner. */
export class SharedMemoryUse {
  readonly #sizes: readonly (readonly [name: string, bytes: number])[];

  private constructor(sizes: readonly (readonly [string, number])[]) {
    this.#sizes = sizes;
  }

  /**
   * Looks at every object whose name starts with `prefix`. What counts is the memory it holds, not the length it has.
   *
   * @returns null where shared memory is no folder
   */
  static async read(prefix: string): Promise<SharedMemoryUse | null> {
    let names: string[];
    try {
      names = await readdir(SHARED_MEMORY);
    } catch {
      return null;
    }
    const wanted = names.filter((name) => name.startsWith(prefix));
    return new SharedMemoryUse(await Promise.all(wanted.map(async (name) => [name, await heldBytes(name)] as const)));
  }

  /** Of the objects whose names start with `prefix`. */
  bytesOf(prefix: string): number {
    return this.#sizes.reduce((sum, [name, bytes]) => (name.startsWith(prefix) ? sum + bytes : sum), 0);
  }

  get count(): number {
    return this.#sizes.length;
  }
}

/** 0 when it is gone. */
async function heldBytes(name: string): Promise<number> {
  try {
    return (await stat(join(SHARED_MEMORY, name))).blocks * BLOCK_BYTES;
  } catch {
    return 0;
  }
}
