import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A Python that is known to run nodes: that of the set-up. */
export const PYTHON = fileURLToPath(new URL('../../.venv/bin/python', import.meta.url));

/** Makes a real virtual environment, without pip, which takes long. */
export async function makeVenv(folder: string): Promise<void> {
  await run(PYTHON, ['-m', 'venv', '--without-pip', folder]);
}

/** Where a virtual environment has its packages. */
export async function packagesOf(venv: string): Promise<string> {
  const { stdout } = await run(join(venv, 'bin/python'), [
    '-c',
    'import sysconfig; print(sysconfig.get_path("purelib"))',
  ]);
  return stdout.trim();
}

/** Lets a virtual environment see the SDK, and what that needs, where the set-up has them. */
export async function addSdk(venv: string): Promise<void> {
  const { stdout } = await run(PYTHON, ['-c', 'import sys; print("\\n".join(sys.path[1:]))']);
  await writeFile(join(await packagesOf(venv), 'sdk.pth'), stdout);
}
