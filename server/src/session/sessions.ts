import { randomBytes } from 'node:crypto';
import { RemoteMediaError } from '@remotemedia/contract';
import { deferred } from '../process/deferred.js';
import { DescriptorBudget } from './budget.js';
import { type Caller, Callers } from './callers.js';
import type { Graph } from './graph.js';
import type { SessionOverview } from './overview.js';

/** Caps of the whole service; null: none. */
export interface SessionLimits {
  readonly maxSessions: number | null;
  readonly maxProcesses: number | null;
}

/** Room that a session holds, until it gives it back. */
export interface Reservation {
  readonly sessionId: string;
  release(): void;
}

/** What a registered session must be able to do when the service ends. */
export interface RunningSession {
  readonly id: string;
  readonly processes: readonly { readonly nodeId: string; readonly pid: number | null }[];
  readonly done: Promise<void>;
  /** The session as it is now. */
  overview(): SessionOverview;
  cancel(reason: RemoteMediaError): void;
  /** Ends what is left of its processes, without a grace period. */
  kill(): void;
}

/** The sessions of a service: their number, the number of their processes, and the doors they close. */
export class Sessions {
  readonly #limits: SessionLimits;
  readonly #descriptors: DescriptorBudget;
  readonly #callers = new Callers();
  readonly #running = new Map<string, RunningSession>();
  #reservedSessions = 0;
  #reservedProcesses = 0;
  #state: 'open' | 'draining' = 'open';
  readonly #empty = deferred<void>();

  constructor(limits: SessionLimits, descriptors = new DescriptorBudget()) {
    this.#limits = limits;
    this.#descriptors = descriptors;
  }

  get processes(): number {
    return this.#reservedProcesses;
  }

  get running(): RunningSession[] {
    return [...this.#running.values()];
  }

  /**
   * Takes room for a session before anything of it exists.
   *
   * @param maxPerSession processes that the session itself may have.
   * @param caller who opens it; null: nobody in particular.
   * @throws RemoteMediaError `limit.sessions`, `limit.processes`, `limit.file_descriptors` or `service.draining`.
   */
  reserve(graph: Graph, maxPerSession: number, caller: Caller | null = null): Reservation {
    const processes = graph.inboxes - 1;
    if (this.#state === 'draining')
      throw new RemoteMediaError('service.draining', 'The service is shutting down and takes no new sessions');
    const { maxSessions, maxProcesses } = this.#limits;
    if (processes > maxPerSession) {
      throw overLimit(
        'limit.processes',
        `The manifest needs ${processes} Python processes`,
        processes,
        maxPerSession,
        'max_processes_per_session',
      );
    }
    const sessions = this.#reservedSessions + 1;
    if (maxSessions !== null && sessions > maxSessions) {
      throw overLimit(
        'limit.sessions',
        `This would be session number ${sessions}`,
        sessions,
        maxSessions,
        'limits.max_sessions',
      );
    }
    const total = this.#reservedProcesses + processes;
    if (maxProcesses !== null && total > maxProcesses) {
      const what = `${this.#reservedProcesses} Python processes run and the manifest needs ${processes} more`;
      throw overLimit('limit.processes', what, total, maxProcesses, 'limits.max_processes');
    }
    const leaveCaller = this.#callers.enter(caller, processes);
    let giveDescriptors: () => void;
    try {
      giveDescriptors = this.#descriptors.take(graph);
    } catch (error) {
      leaveCaller();
      throw error;
    }
    this.#reservedSessions += 1;
    this.#reservedProcesses += processes;
    const sessionId = `sess_${randomBytes(6).toString('hex')}`;
    let held = true;
    return {
      sessionId,
      release: () => {
        if (!held) return;
        held = false;
        this.#running.delete(sessionId);
        giveDescriptors();
        leaveCaller();
        this.#reservedSessions -= 1;
        this.#reservedProcesses -= processes;
        if (this.#reservedSessions === 0 && this.#state === 'draining') this.#empty.resolve();
      },
    };
  }

  add(session: RunningSession): void {
    this.#running.set(session.id, session);
  }

  /**
   * Takes no more sessions and waits for those that run; after `deadlineMs` the rest is cancelled.
   *
   * Called again while it waits, it waits for the same end, and the earlier deadline counts.
   *
   * @param deadlineMs 0: cancel at once.
   */
  async drain(deadlineMs: number): Promise<void> {
    this.#state = 'draining';
    if (this.#reservedSessions === 0) return;
    const timer = deadlineMs === 0 ? null : setTimeout(() => this.#cancelAll(), deadlineMs);
    if (timer === null) this.#cancelAll();
    await this.#empty.promise;
    if (timer !== null) clearTimeout(timer);
  }

  /** Takes no more sessions, and ends those that run without giving their processes any time. */
  kill(): void {
    this.#state = 'draining';
    this.#cancelAll();
    for (const session of this.#running.values()) session.kill();
  }

  #cancelAll(): void {
    const reason = new RemoteMediaError('service.draining', 'The service is shutting down');
    for (const session of this.#running.values()) session.cancel(reason);
  }
}

function overLimit(
  code: 'limit.sessions' | 'limit.processes',
  what: string,
  asked: number,
  allowed: number,
  setting: string,
): RemoteMediaError {
  return new RemoteMediaError(code, `${what}; ${setting} allows ${allowed}`, { details: { asked, allowed, setting } });
}
