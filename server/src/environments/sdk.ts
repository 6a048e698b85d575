import { existsSync } from 'node:fs';
import { copyFile, cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';

/**
 * Gives an environment the SDK of the service, so that both always fit each other: a checkout by a link to it, an installed
 * package by a copy of its files. The native module is built for every Python from 3.11 on, so a copy runs there too.
 *
 * @param sdkFile `__init__.py` of the package that the service's interpreter imports
 * @param packages the folder where the environment has its packages
 */
export async function addSdk(sdkFile: string, packages: string): Promise<void> {
  const source = dirname(sdkFile);
  const parent = dirname(source);
  if (existsSync(join(parent, 'pyproject.toml'))) {
    await writeFile(join(packages, 'remotemedia-sdk.pth'), `${parent}\n`);
    return;
  }
  const info = (await readdir(parent)).find((name) => /^remotemedia_sdk-.*\.dist-info$/.test(name));
  if (info === undefined) {
    await cp(source, join(packages, 'remotemedia'), { recursive: true, filter: isSource });
    return;
  }
  const record = await readFile(join(parent, info, 'RECORD'), 'utf8');
  for (const file of record.split('\n').map((line) => line.split(',', 1)[0] ?? '')) {
    const path = normalize(file);
    // Scripts lie outside of the packages; compiled files are made anew.
    if (file === '' || path.startsWith('..') || !isSource(path)) continue;
    await mkdir(dirname(join(packages, path)), { recursive: true });
    await copyFile(join(parent, path), join(packages, path));
  }
}

function isSource(path: string): boolean {
  return !path.includes('__pycache__');
}
