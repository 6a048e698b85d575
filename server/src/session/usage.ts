import { readdir, readFile } from 'node:fs/promises';

/** What one process has used since it started. */
export interface ProcessUsage {
  readonly cpuMs: number;
  /** The most memory it ever held, in bytes. */
  readonly peakBytes: number;
}

/** Linux counts CPU time for user space in hundredths of a second, whatever the kernel was built with. */
const MS_PER_TICK = 10;

/** Reads the usage of a running process; null when it is gone, or where there is no /proc. */
export async function readUsage(pid: number): Promise<ProcessUsage | null> {
  try {
    const [stat, status] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'latin1'),
      readFile(`/proc/${pid}/status`, 'latin1'),
    ]);
    return { cpuMs: parseCpuMs(stat), peakBytes: parsePeakBytes(status) };
  } catch {
    return null;
  }
}

/** Fields 14 and 15 of /proc/PID/stat; the second field, the program's name, may itself hold spaces and parentheses. */
function parseCpuMs(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
}

function parsePeakBytes(status: string): number {
  const match = /^VmHWM:\s+(\d+) kB$/m.exec(status);
  return match === null ? 0 : Number(match[1]) * 1024;
}

/**
 * Memory that a process and all that it forked hold now, in bytes. A page that several share counts for each in part, so
 * the sum over processes is what they take together. 0: they are gone.
 */
export async function readMemoryBytes(pid: number): Promise<number> {
  const pids = await readTree(pid);
  const sizes = await Promise.all(pids.map(readOwnBytes));
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
}

/** The process and its descendants. */
async function readTree(pid: number): Promise<number[]> {
  const children = await readChildren(pid);
  const trees = await Promise.all(children.map(readTree));
  return [pid, ...trees.flat()];
}

/** A child belongs to the thread that forked it. */
async function readChildren(pid: number): Promise<number[]> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const lists = await Promise.all(
    threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/children`, 'latin1').catch(() => '')),
  );
  return lists.flatMap((list) => list.split(' ').filter((word) => word !== '')).map(Number);
}

/** The same without what it forked. */
export async function readOwnBytes(pid: number): Promise<number> {
  const shares = await readFile(`/proc/${pid}/smaps_rollup`, 'latin1').catch(() => '');
  const pss = /^Pss:\s+(\d+) kB$/m.exec(shares);
  if (pss !== null) return Number(pss[1]) * 1024;
  // A kernel without it, or a process that has given up its rights to be looked at.
  const status = await readFile(`/proc/${pid}/status`, 'latin1').catch(() => '');
  const rss = /^VmRSS:\s+(\d+) kB$/m.exec(status);
  return rss === null ? 0 : Number(rss[1]) * 1024;
}
