import { readdir, readFile } from 'node:fs/promises';

/** The variable that marks the processes of a session: `<instance>_<number of the session>`. */
const MARK = 'REMOTEMEDIA_PROCESS=';

/** A process of a dead service that lives on. */
export interface Orphan {
  readonly pid: number;
  readonly command: string;
}

/** Processes that carry the mark of a session, as far as they can be read. */
export class MarkedProcesses {
  readonly #all: readonly Marked[];

  private constructor(all: readonly Marked[]) {
    this.#all = all;
  }

  static async read(): Promise<MarkedProcesses> {
    const names = await readdir('/proc').catch(() => []);
    const pids = names.filter((name) => /^\d+$/.test(name)).map(Number);
    const all = await Promise.all(pids.map(readMark));
    return new MarkedProcesses(all.filter((each) => each !== null));
  }

  of(instance: string): Orphan[] {
    return this.#all.filter(({ mark }) => mark.startsWith(`${instance}_`)).map(({ orphan }) => orphan);
  }
}

interface Marked {
  readonly mark: string;
  readonly orphan: Orphan;
}

async function readMark(pid: number): Promise<Marked | null> {
  const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
  const setting = environment.split('\0').find((each) => each.startsWith(MARK));
  if (setting === undefined) return null;
  const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return { mark: setting.slice(MARK.length), orphan: { pid, command: line.replaceAll('\0', ' ').trim() } };
}
