import { RemoteMediaError } from '@remotemedia/contract';

/** Who opens sessions, and how much of the service is theirs; null: as much as the service has. */
export interface Caller {
  /** Callers of the same name share what they may have. */
  readonly name: string;
  readonly maxSessions: number | null;
  readonly maxProcesses: number | null;
}

interface Use {
  sessions: number;
  processes: number;
}

/** What each caller has of the service now. */
export class Callers {
  readonly #uses = new Map<string, Use>();

  /**
   * Takes room for one more session.
   *
   * @param processes Python processes that the session has.
   * @returns gives it back; to be called once
   * @throws RemoteMediaError `limit.sessions` or `limit.processes`
   */
  enter(caller: Caller | null, processes: number): () => void {
    if (caller === null) return () => undefined;
    const { name } = caller;
    const use = this.#uses.get(name) ?? { sessions: 0, processes: 0 };
    check(caller, 'sessions', use.sessions + 1, caller.maxSessions);
    check(caller, 'processes', use.processes + processes, caller.maxProcesses);
    use.sessions += 1;
    use.processes += processes;
    this.#uses.set(name, use);
    return () => {
      use.sessions -= 1;
      use.processes -= processes;
      if (use.sessions === 0) this.#uses.delete(name);
    };
  }
}

const NOUNS = { sessions: 'sessions', processes: 'Python processes' } as const;

function check({ name }: Caller, what: keyof typeof NOUNS, asked: number, allowed: number | null): void {
  if (allowed === null || asked <= allowed) return;
  const setting = `max_${what}`;
  const whose = what === 'sessions' ? `Token '${name}'` : `The sessions of token '${name}'`;
  const text = `${whose} would have ${asked} ${NOUNS[what]} at the same time; its ${setting} allows ${allowed}`;
  throw new RemoteMediaError(`limit.${what}`, text, {
    hint: `Wait for a session of this token to end, or raise ${setting} where the service has its tokens.`,
    details: { asked, allowed, setting },
  });
}
