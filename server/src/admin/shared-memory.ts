import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

const SHARED_MEMORY = '/dev/shm';
/** `stat` counts blocks of this size, whatever the file system has. */
const BLOCK_BYTES = 512;

interface SharedObject {
  readonly name: string;
  readonly bytes: number;
  /** Who writes into mapped memory does not change it. */
  readonly madeMs: number;
}

/** Bytes of shared memory by owner. */
export class SharedMemoryUse {
  readonly #objects: readonly SharedObject[];

  private constructor(objects: readonly SharedObject[]) {
    this.#objects = objects;
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
    return new SharedMemoryUse(await Promise.all(names.filter((name) => name.startsWith(prefix)).map(look)));
  }

  /** Of the objects whose names start with `prefix`. */
  bytesOf(prefix: string): number {
    return this.#objects.reduce((sum, { name, bytes }) => (name.startsWith(prefix) ? sum + bytes : sum), 0);
  }

  get count(): number {
    return this.#objects.length;
  }

  /** Of the youngest object; 0 when there is none. */
  get ageSecs(): number {
    if (this.#objects.length === 0) return 0;
    const youngestMs = Math.max(...this.#objects.map(({ madeMs }) => madeMs));
    return Math.max(0, Math.round((Date.now() - youngestMs) / 1000));
  }
}

/** What is gone meanwhile holds nothing and has the least age. */
async function look(name: string): Promise<SharedObject> {
  try {
    const { blocks, mtimeMs } = await stat(join(SHARED_MEMORY, name));
    return { name, bytes: blocks * BLOCK_BYTES, madeMs: mtimeMs };
  } catch {
    return { name, bytes: 0, madeMs: Date.now() };
  }
}
