import { findLeftovers } from '../admin/leftovers.js';
import { type Check, ok, warn } from './check.js';

/** What dead services left behind: it takes memory until the next start of a service, or `remotemedia clean`. */
export async function checkLeftovers(runtimeDirectory: string): Promise<Check> {
  const left = await findLeftovers(runtimeDirectory);
  if (left.length === 0) return ok('leftovers', 'none');
  const bytes = left.reduce((sum, { shmBytes }) => sum + shmBytes, 0);
  const orphans = left.flatMap((each) => each.orphans);
  const names = left.map(({ instance }) => instance).join(', ');
  const memory = `${Math.round(bytes / 1024)} KiB of shared memory`;
  const processes = orphans.length === 0 ? '' : `, processes ${orphans.map(({ pid }) => pid).join(', ')}`;
  return warn('leftovers', `of dead services: ${names}: ${memory}${processes}`, 'Remove them: remotemedia clean');
}
