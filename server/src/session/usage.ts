import { readFile } from 'node:fs/promises';

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
