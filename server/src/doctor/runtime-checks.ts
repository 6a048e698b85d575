import { constants } from 'node:fs';
import { access, lstat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Check, fail, messageOf, ok, warn } from './check.js';

/** The path of a socket may have 107 bytes, and ours lie two folders below. */
const MAX_PATH_BYTES = 80;

/** Whether this user can keep the files of services there, and nobody else can reach them. */
export async function checkRuntimeDirectory(path: string): Promise<Check> {
  const name = 'runtime directory';
  const bytes = Buffer.byteLength(path);
  if (bytes > MAX_PATH_BYTES) {
    const what = `${path} has ${bytes} bytes; ${MAX_PATH_BYTES} are allowed, since sockets below it have short names only`;
    return fail(name, what, 'Name a shorter one in REMOTEMEDIA_RUNTIME_DIR');
  }
  try {
    const stats = await lstat(path).catch(() => null);
    if (stats === null) return await checkParent(name, path);
    const user = process.getuid?.() ?? stats.uid;
    const elsewhere = 'or name another in REMOTEMEDIA_RUNTIME_DIR';
    if (!stats.isDirectory()) return fail(name, `${path} is no folder`, `Remove it, ${elsewhere}`);
    if (stats.uid !== user)
      return fail(name, `${path} belongs to user ${stats.uid}, not to ${user}`, `Remove it, ${elsewhere}`);
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
    const mode = stats.mode & 0o777;
    if ((mode & 0o077) === 0) return ok(name, path);
    return warn(name, `${path} is open to others (mode ${mode.toString(8)})`, `chmod 700 ${path}`);
  } catch (error) {
    return fail(name, `${path} cannot be used: ${messageOf(error)}`, `chmod 700 ${path}`);
  }
}

async function checkParent(name: string, path: string): Promise<Check> {
  const parent = dirname(path);
  try {
    await access(parent, constants.W_OK | constants.X_OK);
    return ok(name, `${path}, which the first service makes`);
  } catch (error) {
    const remedy = `Let this user write to ${parent}, or name another folder in REMOTEMEDIA_RUNTIME_DIR`;
    return fail(name, `${path} cannot be made: ${messageOf(error)}`, remedy);
  }
}
