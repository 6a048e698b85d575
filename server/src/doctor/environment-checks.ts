import { isRemoteMediaError } from '@remotemedia/contract';
import type { Environments } from '../environments/environments.js';
import { findAbandoned } from '../environments/folders.js';
import { type Check, fail, ok, warn } from './check.js';

/** What `nodes install` has made, and what was left of an installation that was killed. */
export async function checkEnvironments(
  environments: Environments,
  nodes: readonly { readonly type: string }[],
): Promise<Check[]> {
  const types = await environments.types();
  const checks = await Promise.all(types.map((type) => checkEnvironment(environments, type, nodes)));
  const abandoned = await findAbandoned(environments.folder);
  if (abandoned.length > 0) {
    const what = `Left of installations that were killed: ${abandoned.join(', ')}`;
    checks.push(warn('environments', what, 'The next `remotemedia nodes install` removes them'));
  }
  return checks.length > 0 ? checks : [ok('environments', 'none; Python nodes share the interpreter')];
}

async function checkEnvironment(
  environments: Environments,
  type: string,
  nodes: readonly { readonly type: string }[],
): Promise<Check> {
  const name = 'environments';
  try {
    const { interpreter, record } = await environments.examine(type);
    const facts = `Python ${interpreter.version} with SDK ${interpreter.sdkVersion ?? '?'}, ${record.packages.length} packages, made ${record.created_at}`;
    if (nodes.length === 0 || nodes.some((node) => node.type === type)) return ok(name, `${type}: ${facts}`);
    const what = `${type}: there is no Python node type of that name`;
    return warn(name, what, `remotemedia nodes uninstall ${type}`);
  } catch (error) {
    if (!isRemoteMediaError(error)) throw error;
    return fail(name, error.message, error.hint);
  }
}
