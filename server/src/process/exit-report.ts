import type { ProcessLine, RemoteMediaError } from '@remotemedia/contract';
import type { ChildExit } from './child-group.js';
import type { ExitReason } from './process-state.js';
import type { StopStep } from './stop-sequence.js';

/** The totals of a node whose input has ended. */
export type EndedLine = Extract<ProcessLine, { type: 'ended' }>;

/** How a process ended, and how far `stop` had to go for it. */
export interface ExitReport {
  /** Null when it never ran. */
  pid: number | null;
  reason: ExitReason;
  stopStep: StopStep;
  /** From the call of `stop` to the exit; 0 when nobody asked for it. */
  stopMs: number;
  /** It left processes behind in its group, which were killed. */
  leftOthers: boolean;
  /** The first thing that went wrong with it; an exit that was asked for is no failure, whatever its code. */
  failure: RemoteMediaError | null;
  /** The totals it reported when its input had ended; null when it did not come that far. */
  ended: EndedLine | null;
}

export function exitReason(exit: ChildExit): ExitReason {
  if (exit.spawnError !== null) return { kind: 'not_spawned', message: exit.spawnError.message };
  if (exit.signal !== null) return { kind: 'signal', signal: exit.signal };
  return exit.exitCode === null ? { kind: 'lost' } : { kind: 'exit', code: exit.exitCode };
}
