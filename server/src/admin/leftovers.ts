import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fetchStatus } from './admin-client.js';
import { MarkedProcesses, type Orphan } from './marked-processes.js';
import { instanceIds } from './runtime-directory.js';
import { SharedMemoryUse } from './shared-memory.js';

const ANSWER_TIMEOUT_MS = 2000;

/** What one dead service left behind. */
export interface Leftover {
  readonly instance: string;
  /** Names in its folder: one for each session that was running, and the service's own files. */
  readonly files: number;
  readonly shmObjects: number;
  readonly shmBytes: number;
  readonly orphans: readonly Orphan[];
}

/** Looks for instances whose service is dead. Changes nothing; whoever is just starting is not among them. */
export async function findLeftovers(runtimeDirectory: string): Promise<Leftover[]> {
  const ids = await instanceIds(runtimeDirectory);
  if (ids.length === 0) return [];
  const locks = await readLocks();
  const checked = await Promise.all(
    ids.map(async (id) => ((await isDead(join(runtimeDirectory, id), locks)) ? id : null)),
  );
  const dead = checked.filter((id) => id !== null);
  if (dead.length === 0) return [];
  const marked = await MarkedProcesses.read();
  return await Promise.all(
    dead.map(async (instance) => {
      const memory = await SharedMemoryUse.read(`rm_${instance}_`);
      const files = await readdir(join(runtimeDirectory, instance)).catch(() => []);
      return {
        instance,
        files: files.length,
        shmObjects: memory?.count ?? 0,
        shmBytes: memory?.bytesOf('') ?? 0,
        orphans: marked.of(instance),
      };
    }),
  );
}

/** Inodes that somebody holds a lock on; null: this machine does not tell. */
async function readLocks(): Promise<ReadonlySet<string> | null> {
  const text = await readFile('/proc/locks', 'latin1').catch(() => null);
  if (text === null) return null;
  return new Set([...text.matchAll(/ [0-9a-f]+:[0-9a-f]+:(\d+) /g)].map(([, inode = '']) => inode));
}

/**
 * A service holds the lock of its instance from its birth to its end. A service in another container has a lock that is not
 * seen here, but an admin socket.
 */
async function isDead(directory: string, locks: ReadonlySet<string> | null): Promise<boolean> {
  if (locks === null) return false;
  const lock = await stat(join(directory, 'lock')).catch(() => null);
  if (lock !== null && locks.has(String(lock.ino))) return false;
  return (await fetchStatus(directory, ANSWER_TIMEOUT_MS)).kind === 'absent';
}
