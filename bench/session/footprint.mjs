// What a domain leaves in the file system and in this process while it is open.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const SHARED_MEMORY = '/dev/shm';

/** @typedef {{ files: number, segments: number, committedBytes: number, descriptors: number, mappings: number }} Footprint */

/** Descriptors and mappings of this process. */
export function ownResources() {
  return {
    // One of them is the directory being read.
    descriptors: readdirSync('/proc/self/fd').length - 1,
    mappings: readFileSync('/proc/self/maps', 'utf8').trimEnd().split('\n').length,
  };
}

/**
 * @param {{ root: string, prefix: string }} domain
 * @param {ReturnType<typeof ownResources>} before
 * @returns {Footprint}
 */
export function footprintOf({ root, prefix }, before) {
  const now = ownResources();
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => !entry.isDirectory());
  const segments = readdirSync(SHARED_MEMORY).filter((name) => name.startsWith(prefix));
  const paths = [
    ...files.map((entry) => join(entry.parentPath, entry.name)),
    ...segments.map((name) => join(SHARED_MEMORY, name)),
  ];
  return {
    files: files.length,
    segments: segments.length,
    // Blocks of 512 bytes: what has pages, not what is reserved.
    committedBytes: paths.reduce((sum, path) => sum + statSync(path).blocks * 512, 0),
    descriptors: now.descriptors - before.descriptors,
    mappings: now.mappings - before.mappings,
  };
}
