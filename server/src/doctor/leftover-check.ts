import { findLeftovers } from '../admin/leftovers.js';
import type { Orphan } from '../admin/marked-processes.js';
import { findOwnerless } from '../admin/ownerless.js';
import { type Check, ok, warn } from './check.js';

/** What dead services left behind: it takes memory until the next start of a service, or `remotemedia clean`. */
export async function checkLeftovers(runtimeDirectory: string): Promise<Check[]> {
  const left = await findLeftovers(runtimeDirectory);
  const ownerless = await checkOwnerless(runtimeDirectory);
  if (left.length === 0) return [ok('leftovers', 'none'), ...ownerless];
  const found = `of dead services: ${describe(left)}`;
  return [warn('leftovers', found, 'Remove them: remotemedia clean'), ...ownerless];
}

/** What no start removes either. */
async function checkOwnerless(runtimeDirectory: string): Promise<Check[]> {
  // Without the native channel nothing can be told; that it is missing is a fault of its own.
  const found = await findOwnerless(runtimeDirectory).catch(() => []);
  if (found.length === 0) return [];
  const message = `of dead services without a folder in ${runtimeDirectory}: ${describe(found)}`;
  return [warn('ownerless memory', message, 'Remove it: remotemedia clean --ownerless')];
}

interface Left {
  readonly instance: string;
  readonly shmBytes: number;
  readonly orphans: readonly Orphan[];
}

function describe(left: readonly Left[]): string {
  const bytes = left.reduce((sum, { shmBytes }) => sum + shmBytes, 0);
  const orphans = left.flatMap((each) => each.orphans);
  const names = left.map(({ instance }) => instance).join(', ');
  const processes = orphans.length === 0 ? '' : `, processes ${orphans.map(({ pid }) => pid).join(', ')}`;
  return `${names}: ${Math.round(bytes / 1024)} KiB of shared memory${processes}`;
}
