/** Files that a manifest names: only regular ones, only below the folders of `limits.media_roots`. */
import { randomUUID } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { type FileHandle, link, lstat, open, readlink, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { RemoteMediaError } from '@remotemedia/contract';
import { candidatePaths, type MediaAccess, orNull, refuse, refuseUnlessInside, resolveRoots } from './media-roots.js';

/** A file being written: under a name of its own until it is complete. */
export interface MediaOutput {
  readonly handle: FileHandle;
  /** Where it will be. */
  readonly path: string;
  /** Closes the file and gives it its name. */
  commit(): Promise<void>;
  /** Closes and removes it; nothing after `commit`. */
  discard(): Promise<void>;
}

/**
 * Opens a file for reading.
 *
 * @throws RemoteMediaError `input.invalid` when the path is not allowed, not there, or no regular file.
 */
export async function openMediaFile(path: string, access: MediaAccess): Promise<{ handle: FileHandle; size: number }> {
  const roots = await resolveRoots(path, access);
  for (const candidate of candidatePaths(path, roots, access)) {
    const target = await orNull(realpath(candidate));
    if (target === null) continue;
    refuseUnlessInside(target, roots, path, access);
    // Looked at before it is opened: opening some devices already does something.
    refuseUnlessRegular(await statFile(target, path, access), path, access);
    const handle = await openFile(
      target,
      constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
      path,
      access,
    );
    try {
      refuseUnlessInside(await pathOfHandle(handle, target), roots, path, access);
      const stats = await handle.stat();
      refuseUnlessRegular(stats, path, access);
      return { handle, size: stats.size };
    } catch (error) {
      await handle.close();
      throw error;
    }
  }
  throw refuse(
    access,
    `cannot find ${path}`,
    'Relative paths start at a folder of limits.media_roots in runtime.toml.',
  );
}

/**
 * Begins a file that gets the name `path` once it is complete.
 *
 * @throws RemoteMediaError `input.invalid` when the path is not allowed, its folder is not there, or something else than a
 *   file (or, without `overwrite`, anything) has that name.
 */
export async function createMediaFile(
  path: string,
  access: MediaAccess,
  options: { readonly overwrite: boolean },
): Promise<MediaOutput> {
  const roots = await resolveRoots(path, access);
  for (const candidate of candidatePaths(path, roots, access)) {
    const folder = await orNull(realpath(dirname(candidate)));
    if (folder === null) continue;
    refuseUnlessInside(folder, roots, path, access);
    const target = join(folder, basename(candidate));
    const existing = await orNull(lstat(target));
    if (existing !== null) {
      refuseUnlessRegular(existing, path, access);
      if (!options.overwrite)
        throw refuse(access, `finds ${path} there already`, 'Set overwrite to true, or another path.');
    }
    const draft = join(folder, `.remotemedia-${randomUUID()}.part`);
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
    const handle = await openFile(draft, flags, path, access);
    try {
      refuseUnlessInside(await pathOfHandle(handle, draft), roots, path, access);
    } catch (error) {
      await handle.close();
      await rm(draft, { force: true });
      throw error;
    }
    return makeOutput(handle, draft, target, options.overwrite);
  }
  throw refuse(access, `cannot find the folder of ${path}`, 'Create the folder first.');
}

function makeOutput(handle: FileHandle, draft: string, target: string, overwrite: boolean): MediaOutput {
  let state: 'open' | 'closed' = 'open';
  return {
    handle,
    path: target,
    async commit() {
      state = 'closed';
      try {
        await handle.close();
        // A link, unlike a rename, fails where something got that name in the meantime.
        await (overwrite ? rename(draft, target) : link(draft, target));
      } finally {
        await rm(draft, { force: true });
      }
    },
    async discard() {
      if (state === 'closed') return;
      state = 'closed';
      await handle.close();
      await rm(draft, { force: true });
    },
  };
}

function refuseUnlessRegular(stats: Stats, path: string, access: MediaAccess): void {
  if (stats.isFile()) return;
  const what = stats.isDirectory() ? 'a folder' : stats.isSymbolicLink() ? 'a symbolic link' : 'no regular file';
  throw refuse(
    access,
    `may not use ${path}: it is ${what}`,
    'Only regular files below limits.media_roots can be used.',
  );
}

/** Where an open file really is: a folder of its path may have been replaced since it was checked. */
async function pathOfHandle(handle: FileHandle, path: string): Promise<string> {
  return (await orNull(readlink(`/proc/self/fd/${handle.fd}`))) ?? path;
}

async function statFile(target: string, path: string, access: MediaAccess): Promise<Stats> {
  try {
    return await stat(target);
  } catch (cause) {
    throw systemError(path, access, cause);
  }
}

async function openFile(target: string, flags: number, path: string, access: MediaAccess): Promise<FileHandle> {
  try {
    return await open(target, flags, 0o644);
  } catch (cause) {
    throw systemError(path, access, cause);
  }
}

/** For example a file without read permission; the code says so, the whole path of the machine stays out of it. */
function systemError(path: string, access: MediaAccess, cause: unknown): RemoteMediaError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
  return refuse(access, `cannot open ${path}: ${code}`, 'Check its permissions.');
}
