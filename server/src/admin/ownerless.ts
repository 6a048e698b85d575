import { findOwnerless as findIds, removeOwnerless as removeIds } from '@remotemedia/channel';
import { MarkedProcesses, type Orphan } from './marked-processes.js';
import { SharedMemoryUse } from './shared-memory.js';

/** Shared memory of a dead service that has no folder in the runtime directory, so that no start there removes it. */
export interface Ownerless {
  readonly instance: string;
  readonly shmObjects: number;
  readonly shmBytes: number;
  /** Of the youngest object. */
  readonly ageSecs: number;
  readonly orphans: readonly Orphan[];
}

export interface OwnerlessCleaned {
  readonly removed: readonly Ownerless[];
  /** What is still there. */
  readonly kept: readonly Ownerless[];
}

/** Looks for shared memory that nobody uses and no start removes. Changes nothing. */
export async function findOwnerless(runtimeDirectory: string): Promise<Ownerless[]> {
  const ids = await findIds(runtimeDirectory);
  if (ids.length === 0) return [];
  const marked = await MarkedProcesses.read();
  return await Promise.all(
    ids.map(async (instance) => {
      // Without a `_` behind it: the file that claims the objects goes with them.
      const memory = await SharedMemoryUse.read(`rm_${instance}`);
      return {
        instance,
        shmObjects: memory?.count ?? 0,
        shmBytes: memory?.bytesOf('') ?? 0,
        ageSecs: memory?.ageSecs ?? 0,
        orphans: marked.of(instance),
      };
    }),
  );
}

/** Removes such memory, and kills the processes of its sessions that live on. */
export async function removeOwnerless(runtimeDirectory: string): Promise<OwnerlessCleaned> {
  const before = await findOwnerless(runtimeDirectory);
  if (before.length === 0) return { removed: [], kept: [] };
  await removeIds(runtimeDirectory);
  const kept = await findOwnerless(runtimeDirectory);
  const still = new Set(kept.map(({ instance }) => instance));
  return { removed: before.filter(({ instance }) => !still.has(instance)), kept };
}
