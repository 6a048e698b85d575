// Memory of a service, its nodes and this process.
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const SHARED = '/dev/shm';
const BLOCK_BYTES = 512;
const KIB = 1024;

/** @typedef {{ processes: number, sharedMemory: number, total: number }} Memory bytes */

/**
 * Shared memory is counted where it lies and not in the processes that look at it.
 * @param {number} servicePid
 * @returns {Memory}
 */
export function readMemory(servicePid) {
  const pids = [process.pid, ...familyOf(servicePid)];
  const processes = pids.reduce((sum, pid) => sum + ownBytes(pid), 0);
  const folder = instanceFolder(servicePid);
  const names = readdirSync(SHARED).filter((name) => name.startsWith(`rm_${basename(folder)}_`));
  const segments = names.reduce((sum, name) => sum + bytesOf(join(SHARED, name)), 0);
  const sharedMemory = segments + bytesUnder(folder);
  return { processes, sharedMemory, total: processes + sharedMemory };
}

/** A process and all that descend from it. @param {number} pid @returns {number[]} */
function familyOf(pid) {
  const children = read(`/proc/${pid}/task/${pid}/children`).trim();
  return [pid, ...(children === '' ? [] : children.split(' ').flatMap((child) => familyOf(Number(child))))];
}

/**
 * Its memory without what it shares by way of /dev/shm; 0 once it is gone. Pages of files, which are its program and libraries,
 * are counted in every process that has them: as a share (PSS) they would depend on who else runs the same programs now.
 * @param {number} pid
 */
function ownBytes(pid) {
  const anonymous = kibIn(read(`/proc/${pid}/smaps_rollup`), 'Pss_Anon');
  const files = kibIn(read(`/proc/${pid}/status`), 'RssFile');
  return (anonymous + files) * KIB;
}

/** @param {string} text @param {string} name */
function kibIn(text, name) {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0);
}

/** Where a service keeps the files of its sessions: the folder of a lock that it holds open. @param {number} pid */
function instanceFolder(pid) {
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    const target = linkOf(`/proc/${pid}/fd/${fd}`);
    if (basename(target) === 'lock') return dirname(target);
  }
  throw new Error(`process ${pid} is no service`);
}

/** @param {string} folder @returns {number} */
function bytesUnder(folder) {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(folder, entry.name);
    return sum + (entry.isDirectory() ? bytesUnder(path) : bytesOf(path));
  }, 0);
}

/** Bytes that exist: a file in memory may be longer than what was written of it. @param {string} path */
function bytesOf(path) {
  return (lstatSync(path, { throwIfNoEntry: false })?.blocks ?? 0) * BLOCK_BYTES;
}

/** Empty when the process is gone. @param {string} path */
function read(path) {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

/** @param {string} path */
function linkOf(path) {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
