/**
 * Which paths a manifest may name: below the folders of `limits.media_roots`, symbolic links resolved.
 *
 * A path is relative to a media root, or absolute and inside one.
 */
import { realpath } from 'node:fs/promises';
import { isAbsolute, join, resolve, sep } from 'node:path';
import { RemoteMediaError } from '@remotemedia/contract';

const SETTING = 'limits.media_roots';

/** Who asks: for the checks, and for the text of errors. */
export interface MediaAccess {
  readonly nodeId: string;
  readonly mediaRoots: readonly string[];
}

/** The folders of `limits.media_roots`. */
export interface MediaRoots {
  /** As configured, made absolute. */
  readonly named: readonly string[];
  /** With symbolic links resolved; only those that exist. */
  readonly real: readonly string[];
}

/** @throws RemoteMediaError `input.invalid` when no folder is configured. */
export async function resolveRoots(path: string, access: MediaAccess): Promise<MediaRoots> {
  if (access.mediaRoots.length === 0) {
    throw refuse(access, `may not use ${path}: ${SETTING} is empty`, `Name the folder in ${SETTING} of runtime.toml.`);
  }
  const named = access.mediaRoots.map((root) => resolve(root));
  const real = await Promise.all(named.map((root) => orNull(realpath(root))));
  return { named, real: real.filter((root) => root !== null) };
}

/**
 * Places where the path may mean a file, judged by its text alone.
 *
 * @throws RemoteMediaError `input.invalid` when the text is no path below a media root.
 */
export function candidatePaths(path: string, roots: MediaRoots, access: MediaAccess): string[] {
  if (path === '' || path.includes('\0') || path.endsWith('/')) {
    throw refuse(access, `needs the path of a file, got ${JSON.stringify(path)}`, null);
  }
  if (path.split(/[/\\]/).includes('..')) {
    throw refuse(access, `may not use ${path}: it contains ".."`, `Give the path as seen from a folder of ${SETTING}.`);
  }
  if (!isAbsolute(path)) return roots.named.map((root) => join(root, path));
  // Said before the file is looked for: whether it exists is nobody's business outside of the roots.
  if (![...roots.named, ...roots.real].some((root) => isInside(resolve(path), root))) throw outside(path, access);
  return [resolve(path)];
}

/** @throws RemoteMediaError `input.invalid` unless the real path `target` is below a media root. */
export function refuseUnlessInside(target: string, roots: MediaRoots, path: string, access: MediaAccess): void {
  if (!roots.real.some((root) => isInside(target, root))) throw outside(path, access);
}

function isInside(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}

/** The value, or null when the file is not there. */
export async function orNull<Value>(promise: Promise<Value>): Promise<Value | null> {
  try {
    return await promise;
  } catch {
    return null;
  }
}

function outside(path: string, access: MediaAccess): RemoteMediaError {
  const hint = `Move the file into a folder of ${SETTING}, or add its folder there in runtime.toml.`;
  return refuse(access, `may not use ${path}: it is outside of ${SETTING}`, hint);
}

/** An error about a path, with the setting that decides. */
export function refuse(access: MediaAccess, what: string, hint: string | null): RemoteMediaError {
  const options = { nodeId: access.nodeId, hint, details: { setting: SETTING } };
  return new RemoteMediaError('input.invalid', `Node '${access.nodeId}' ${what}`, options);
}
