/**
 * Watches whether a process still answers, for nodes with a `process_timeout_secs`.
 *
 * The process notices a call of `process` or `flush` that takes too long by itself, and says where in the code it hangs. Where it cannot (code
 * that holds the GIL, a stopped process) its native thread, or its silence, tells it here.
 */
import type { ProcessLine } from '@remotemedia/contract';
import { withTimeout } from './with-timeout.js';

type PongLine = Extract<ProcessLine, { type: 'pong' }>;

/** What a node is in, and for how long. */
export interface Busy {
  readonly busyMs: number;
  readonly hook: 'process' | 'flush';
  /** Of the message in `process`. */
  readonly sequence: number | null;
}

/** The answer to a ping: null while the node is in neither hook. */
export interface Pong {
  readonly busy: Busy | null;
}

export function pongOf({ busy_ms: busyMs, phase: hook = 'process', sequence }: PongLine): Pong {
  return { busy: busyMs === undefined ? null : { busyMs, hook, sequence: sequence ?? null } };
}

/** Why a process counts as unresponsive. */
export type Unresponsive =
  /** It has been in this call for longer than it may. */
  | ({ readonly kind: 'busy' } & Busy)
  /** Not even its native thread answers: it is stopped, or gets no time at all. */
  | { readonly kind: 'silent'; readonly silentMs: number };

export interface ResponseWatchOptions {
  readonly processTimeoutMs: number;
  /** Null: no answer in time, or no process any more. */
  readonly ping: (timeoutMs: number) => Promise<Pong | null>;
  /** Resolves when the process needs no watch any more. */
  readonly over: Promise<unknown>;
  readonly onUnresponsive: (why: Unresponsive) => void;
}

/** What the process's own report may come later than the limit. */
const OWN_REPORT_MS = 250;
const SHORTEST_PERIOD_MS = 50;
const LONGEST_PERIOD_MS = 5000;
/** A machine that is this busy is none that hangs. */
const SHORTEST_SILENCE_MS = 1000;

/** Watches until `over`, or until the process is found unresponsive, once. */
export async function watchResponses(options: ResponseWatchOptions): Promise<void> {
  const { processTimeoutMs, ping, onUnresponsive } = options;
  const periodMs = Math.min(LONGEST_PERIOD_MS, Math.max(SHORTEST_PERIOD_MS, processTimeoutMs / 4));
  const silentMs = Math.max(SHORTEST_SILENCE_MS, processTimeoutMs);
  const over = options.over.then((): typeof OVER => OVER);
  for (;;) {
    const answer = await Promise.race([over, ping(silentMs)]);
    if (answer === OVER) return;
    if (answer === null) return onUnresponsive({ kind: 'silent', silentMs });
    const { busy } = answer;
    if (busy !== null && busy.busyMs > processTimeoutMs + OWN_REPORT_MS)
      return onUnresponsive({ kind: 'busy', ...busy });
    if ((await withTimeout(over, periodMs)) === OVER) return;
  }
}

const OVER = Symbol('over');
