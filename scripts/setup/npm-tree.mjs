// Whether node_modules holds what the lock file asks for. npm writes what it installed into a hidden lock file;
// comparing the two accepts an `npm install` by hand, and needs no stamp of our own.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../command.mjs';

/** @typedef {{ version?: string, link?: boolean, optional?: boolean, resolved?: string }} LockedPackage */

/** @returns {string | null} why it is not current, or null when it is */
export function staleNpmTree() {
  const installed = readPackages('node_modules/.package-lock.json');
  if (installed === null) return 'nothing is installed';
  const wanted = readPackages('package-lock.json') ?? {};
  for (const [path, locked] of Object.entries(wanted)) {
    if (!path.startsWith('node_modules/')) continue;
    const there = installed[path];
    // Optional packages are those of other platforms.
    if (there === undefined && locked.optional === true) continue;
    const name = path.slice('node_modules/'.length);
    if (there === undefined || !existsSync(join(ROOT, path))) return `${name} is missing`;
    if (there.version !== locked.version) return `${name} is ${there.version}, not ${locked.version}`;
  }
  return null;
}

/**
 * @param {string} path
 * @returns {Record<string, LockedPackage> | null}
 */
function readPackages(path) {
  const full = join(ROOT, path);
  return existsSync(full) ? JSON.parse(readFileSync(full, 'utf8')).packages : null;
}
