import { Instance } from '@remotemedia/channel';
import { findLeftovers, type Leftover } from './leftovers.js';

export interface Cleaned {
  readonly removed: readonly Leftover[];
  /** What is still there: in use by a process that could not be killed, or of another user. */
  readonly kept: readonly Leftover[];
}

/**
 * Removes what dead services left behind, as the start of a service does: processes, shared memory, files. What a living
 * one owns stays, since it holds the lock of its instance.
 *
 * @throws ChannelError when the runtime directory cannot be used
 */
export async function cleanUp(runtimeDirectory: string): Promise<Cleaned> {
  const before = await findLeftovers(runtimeDirectory);
  if (before.length === 0) return { removed: [], kept: [] };
  const instance = await Instance.open(runtimeDirectory);
  await instance.close();
  const kept = await findLeftovers(runtimeDirectory);
  const still = new Set(kept.map((each) => each.instance));
  return { removed: before.filter((each) => !still.has(each.instance)), kept };
}
