// A stamp remembers from which content a step's result was made. Content, not time stamps: a clone, a checkout and
// a restored cache all set times anew.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../command.mjs';

const STAMPS = join(ROOT, '.setup');
const SKIPPED = new Set(['node_modules', 'dist', 'target', '__pycache__', '.venv', '.git', 'tests']);

/**
 * One hash over files, folders (with everything below) and facts such as a version. A missing path counts as missing.
 * @param {string[]} paths relative to the root
 * @param {string[]} facts
 * @param {RegExp} [only] takes only the files of a folder whose name matches
 */
export function contentHash(paths, facts, only = /./) {
  const hash = createHash('sha256');
  for (const fact of facts) hash.update(`fact ${fact}\n`);
  for (const path of paths.flatMap((each) => filesBelow(each, only))) {
    hash.update(`file ${path}\n`);
    hash.update(readFileSync(join(ROOT, path)));
  }
  return hash.digest('hex');
}

/**
 * @param {string} path
 * @param {RegExp} only
 * @returns {string[]}
 */
function filesBelow(path, only) {
  const full = join(ROOT, path);
  if (!existsSync(full)) return [];
  if (!statSync(full).isDirectory()) return [path];
  return readdirSync(full, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .filter((entry) => (entry.isDirectory() ? !SKIPPED.has(entry.name) : only.test(entry.name)))
    .flatMap((entry) => filesBelow(`${path}/${entry.name}`, only));
}

/**
 * @param {string} name
 * @returns {string | null}
 */
export function readStamp(name) {
  const path = join(STAMPS, `${name}.stamp`);
  return existsSync(path) ? readFileSync(path, 'utf8') : null;
}

/**
 * @param {string} name
 * @param {string} hash
 */
export function writeStamp(name, hash) {
  mkdirSync(STAMPS, { recursive: true });
  writeFileSync(join(STAMPS, `${name}.stamp`), hash);
}

/** A step that fails half way must not look current afterwards. @param {string} name */
export function clearStamp(name) {
  rmSync(join(STAMPS, `${name}.stamp`), { force: true });
}
