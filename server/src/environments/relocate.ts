import { lstat, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Scripts are short; what is longer is a program, and those do not name their environment. */
const MAX_SCRIPT_BYTES = 1024 * 1024;

/** Makes the scripts of an environment name the path that it is going to have. Its Python finds itself wherever it is. */
export async function relocateScripts(path: string, finalPath: string): Promise<void> {
  const folder = join(path, 'bin');
  for (const name of await readdir(folder)) {
    const file = join(folder, name);
    const stats = await lstat(file);
    if (!stats.isFile() || stats.size > MAX_SCRIPT_BYTES) continue;
    // Latin-1 keeps every byte as it is.
    const text = await readFile(file, 'latin1');
    if (!text.includes(path)) continue;
    await writeFile(file, text.replaceAll(path, finalPath), 'latin1');
  }
}
