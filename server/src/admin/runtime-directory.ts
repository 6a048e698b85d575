import { statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Names another folder for the files of services. */
export const RUNTIME_DIRECTORY_VARIABLE = 'REMOTEMEDIA_RUNTIME_DIR';

const MEMORY = '/dev/shm';

/** The folder in which services have their instances: the channel's own default, unless the environment names one. */
export function runtimeDirectory(env: Readonly<Record<string, string | undefined>>): string {
  const named = env[RUNTIME_DIRECTORY_VARIABLE];
  if (named !== undefined && named !== '') return named;
  const isMemory = statSync(MEMORY, { throwIfNoEntry: false })?.isDirectory() === true;
  return join(isMemory ? MEMORY : tmpdir(), `remotemedia-${process.getuid?.() ?? 0}`);
}

/** Ids of all instances in a runtime directory, dead ones too. A folder that is not there has none. */
export async function instanceIds(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory)).filter((name) => /^[0-9a-f]{8}$/.test(name)).sort();
  } catch {
    return [];
  }
}
