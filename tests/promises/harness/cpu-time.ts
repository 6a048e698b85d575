import { readdir, readFile } from 'node:fs/promises';

/** Linux counts in hundredths of a second here, whatever the kernel was built with. */
const MS_PER_TICK = 10;

/** CPU time that a process has used since it started, in milliseconds. */
export interface CpuTime {
  /** User and system time as the kernel accounts it, in steps of 10 ms. */
  readonly accountedMs: number;
  /** Time that its threads were on a core, in steps of a nanosecond. */
  readonly exactMs: number;
}

export async function cpuTimeOf(pid: number): Promise<CpuTime> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1');
  // The second field, the name, may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const threads = await readdir(`/proc/${pid}/task`);
  const onCoreNs = await Promise.all(
    threads.map(async (thread) => {
      const [nanoseconds] = (await readFile(`/proc/${pid}/task/${thread}/schedstat`, 'latin1')).split(' ');
      return Number(nanoseconds);
    }),
  );
  return {
    accountedMs: (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK,
    exactMs: onCoreNs.reduce((sum, each) => sum + each, 0) / 1e6,
  };
}
