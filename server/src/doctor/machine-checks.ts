import { constants } from 'node:fs';
import { access, readFile, statfs } from 'node:fs/promises';
import { release } from 'node:os';
import { type Check, fail, messageOf, ok, warn } from './check.js';

const MIB = 2 ** 20;
const OLDEST_NODE = [20, 19] as const;
/** The kernel from which on memory can be filled in advance (MADV_POPULATE_WRITE). */
const OLDEST_KERNEL = [5, 14] as const;
const SHARED_MEMORY = '/dev/shm';
/** `f_type` of a file system in memory. */
const TMPFS = 0x0102_1994;
const LEAST_FREE_BYTES = 16 * MIB;
const LEAST_MEMORY_BYTES = 512 * MIB;
/** What the service counts for a session of three Python nodes in a line. */
const FILES_PER_SESSION = 72;
/** What is open in a service without sessions, and what it keeps in reserve. */
const OWN_FILES = 80;

export function checkNode(version: string = process.versions.node): Check {
  if (isAtLeast(version, OLDEST_NODE)) return ok('node', `Node.js ${version}`);
  const needed = OLDEST_NODE.join('.');
  return fail(
    'node',
    `Node.js ${version} is too old; ${needed} or newer is needed`,
    'Install it from https://nodejs.org',
  );
}

export function checkKernel(platform: string = process.platform, version: string = release()): Check {
  if (platform !== 'linux') return warn('kernel', `${platform} is not proven; Linux is`, null);
  if (isAtLeast(version, OLDEST_KERNEL)) return ok('kernel', `Linux ${version}`);
  const what = `Linux ${version} cannot fill memory in advance, so a full ${SHARED_MEMORY} ends a service instead of a session`;
  return warn('kernel', what, `Use Linux ${OLDEST_KERNEL.join('.')} or newer, or keep ${SHARED_MEMORY} large`);
}

export async function checkMemory(): Promise<Check> {
  const text = await readFile('/proc/meminfo', 'latin1').catch(() => '');
  const available = /^MemAvailable:\s+(\d+) kB$/m.exec(text)?.[1];
  if (available === undefined) return warn('memory', 'Free memory is not known on this machine', null);
  const bytes = Number(available) * 1024;
  const found = `${mib(bytes)} MiB available`;
  if (bytes >= LEAST_MEMORY_BYTES) return ok('memory', found);
  return warn('memory', found, 'End what is not needed; a Python node takes 20 MiB and more, a model far more');
}

/** @param segmentBytes what one connection may hold */
export async function checkSharedMemory(segmentBytes: number, path = SHARED_MEMORY): Promise<Check> {
  const name = 'shared memory';
  try {
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
    const { type, bsize, blocks, bavail } = await statfs(path);
    const [size, free] = [blocks * bsize, bavail * bsize];
    const found = `${path}: ${mib(size)} MiB, ${mib(free)} MiB free`;
    const enlarge = `Make it larger: mount -o remount,size=2G ${path}; in Docker: --shm-size=2g`;
    if (type !== TMPFS) return warn(name, `${found}, but it is no memory (tmpfs)`, `mount -t tmpfs tmpfs ${path}`);
    if (free < LEAST_FREE_BYTES) return fail(name, found, `${enlarge}; or see who fills it: ls -lS ${path}`);
    if (size >= segmentBytes) return ok(name, found);
    const setting = `multiprocess.shm_segment_size lets one connection hold ${mib(segmentBytes)} MiB`;
    return warn(name, `${found}; ${setting}`, `${enlarge}; or lower shm_segment_size`);
  } catch (error) {
    const remedy = `Mount it, with the right to write: mount -t tmpfs -o mode=1777 tmpfs ${path}`;
    return fail(name, `${path} cannot be used: ${messageOf(error)}`, remedy);
  }
}

/** @param maxSessions what the service lets in */
export async function checkFiles(maxSessions: number): Promise<Check> {
  const name = 'open files';
  const text = await readFile('/proc/self/limits', 'latin1').catch(() => '');
  const soft = /^Max open files\s+(\d+|unlimited)/m.exec(text)?.[1];
  if (soft === undefined) return warn(name, 'The limit is not known on this machine', null);
  if (soft === 'unlimited') return ok(name, 'no limit');
  const limit = Number(soft);
  const wanted = OWN_FILES + maxSessions * FILES_PER_SESSION;
  const remedy = `Raise it: ulimit -n ${wanted}; in systemd: LimitNOFILE=${wanted}; in Docker: --ulimit nofile=${wanted}`;
  if (limit >= wanted) return ok(name, `${limit} allowed`);
  const sessions = Math.max(0, Math.floor((limit - OWN_FILES) / FILES_PER_SESSION));
  if (sessions === 0)
    return fail(name, `only ${limit} allowed: there is no room for a session of three Python nodes`, remedy);
  const room = `room for about ${sessions} sessions of three Python nodes; limits.max_sessions is ${maxSessions}`;
  return warn(name, `${limit} allowed: ${room}`, remedy);
}

function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [a = 0, b = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  return a > major || (a === major && b >= minor);
}

function mib(bytes: number): number {
  return Math.round(bytes / MIB);
}
