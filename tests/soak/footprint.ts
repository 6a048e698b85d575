import { readdir, readFile, readlink } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { ServiceProcess } from '../promises/harness/service-process.js';

const SHARED_MEMORY = '/dev/shm';
/** What a service has in its folder whether or not a session runs. */
const OWN_FILES = ['lock', 'children', 'admin'];

/** What a service takes of its machine at one moment. */
export interface Footprint {
  /** Resident memory of the service itself, without its node processes. */
  readonly rssBytes: number;
  readonly descriptors: number;
  readonly threads: number;
  /** All its descendants that live, also those that have left its process groups, and zombies. */
  readonly processes: readonly number[];
  /** Shared-memory objects. */
  readonly segments: readonly string[];
  /** Folders of sessions. */
  readonly roots: readonly string[];
}

/** Looks at a service from outside. */
export async function footprintOf(service: ServiceProcess): Promise<Footprint> {
  const { pid, mark } = service;
  const folder = await instanceFolder(pid);
  const [status, descriptors, processes, segments, roots] = await Promise.all([
    readFile(`/proc/${pid}/status`, 'latin1'),
    readdir(`/proc/${pid}/fd`),
    descendants(pid, mark),
    readdir(SHARED_MEMORY),
    readdir(folder),
  ]);
  return {
    rssBytes: numberOf(status, 'VmRSS') * 1024,
    descriptors: descriptors.length,
    threads: numberOf(status, 'Threads'),
    processes,
    segments: segments.filter((name) => name.startsWith(`rm_${basename(folder)}_`)).sort(),
    roots: roots.filter((name) => !OWN_FILES.includes(name)).sort(),
  };
}

function numberOf(status: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
}

/** The folder whose lock the service holds. */
async function instanceFolder(pid: number): Promise<string> {
  for (const descriptor of await readdir(`/proc/${pid}/fd`)) {
    const path = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '');
    if (/\/remotemedia-\d+\/\w+\/lock$/.test(path)) return dirname(path);
  }
  throw new Error(`process ${pid} holds no place in shared memory`);
}

async function descendants(servicePid: number, mark: string): Promise<number[]> {
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0 && pid !== servicePid);
  const own = await Promise.all(pids.map((pid) => belongs(pid, servicePid, mark)));
  return pids.filter((_, index) => own[index]).sort((a, b) => a - b);
}

/** A zombie has no environment any more, but still has its parent. */
async function belongs(pid: number, servicePid: number, mark: string): Promise<boolean> {
  try {
    const [stat, environment] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'latin1'),
      readFile(`/proc/${pid}/environ`, 'latin1').catch(() => ''),
    ]);
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    return parent === servicePid || environment.split('\0').includes(mark);
  } catch {
    // Gone in the meantime.
    return false;
  }
}
