import { spawnSync } from 'node:child_process';
import { open, readdir, rm, statfs, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServiceProcess } from '../harness/service-process.js';

export const PAGE_BYTES = 4096;
/** Size of the /dev/shm of these tests, which is what Docker gives a container. */
export const MEMORY_MB = 64;

const CHUNK = new Uint8Array(1024 * 1024);

/** Null: it can be done here. Otherwise why not. */
export function whyNoSmallMemory(): string | null {
  const { status, stderr } = spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/dev/shm']);
  if (status === 0) return null;
  return `skipped: no mount namespace with a small /dev/shm: ${stderr?.toString().trim()}`;
}

/** The /dev/shm of a service in a mount namespace of its own. */
export class SmallMemory {
  readonly #directory: string;
  readonly #fill: string;

  constructor(service: ServiceProcess) {
    this.#directory = `/proc/${service.pid}/root/dev/shm`;
    this.#fill = join(this.#directory, 'fill');
  }

  /** Bytes that nobody uses. */
  async free(): Promise<number> {
    const { bavail, bsize } = await statfs(this.#directory);
    return bavail * bsize;
  }

  /** Takes all but so many pages. */
  async leave(pages: number): Promise<void> {
    const wanted = pages * PAGE_BYTES;
    const file = await open(this.#fill, 'a');
    try {
      const { size } = await file.stat();
      const excess = (await this.free()) - wanted;
      if (excess < 0) return await truncate(this.#fill, Math.max(0, size + excess));
      for (let left = excess; left > 0; left -= CHUNK.byteLength) {
        await file.write(left < CHUNK.byteLength ? CHUNK.subarray(0, left) : CHUNK);
      }
    } finally {
      await file.close();
    }
  }

  async leaveAll(): Promise<void> {
    await rm(this.#fill, { force: true });
  }

  /** Objects of sessions. */
  async segments(): Promise<string[]> {
    return (await readdir(this.#directory)).filter((name) => /^rm_[0-9a-f]{8}_/.test(name));
  }
}
