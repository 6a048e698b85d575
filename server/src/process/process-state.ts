/**
 * The states of a Python process, as one value.
 *
 *   state         what happens                                       next
 *   ------------  -------------------------------------------------  ------------
 *   spawning      the process sends its first line                   initializing
 *   initializing  its edges are wired and initialize() returned      ready
 *   spawning, initializing, ready
 *                 stop(), or start() was lost to a failure, to the
 *                 init timeout or to an abort                        stopping
 *   any of these  it exits, or it could not be spawned               exited
 *   exited        nothing                                            -
 */
import { RemoteMediaError } from '@remotemedia/contract';

/** Why a process is no more. */
export type ExitReason =
  /** `stop` came before `start`, or `start` before a signal that had been aborted already. */
  | { kind: 'never_started' }
  /** The operating system refused to start it. */
  | { kind: 'not_spawned'; message: string }
  | { kind: 'exit'; code: number }
  | { kind: 'signal'; signal: NodeJS.Signals }
  /** Not even SIGKILL ended it in time: the kernel holds it. */
  | { kind: 'lost' };

export type ProcessState =
  | { name: 'spawning' }
  | { name: 'initializing'; wired: boolean; initialized: boolean }
  | { name: 'ready' }
  | { name: 'stopping' }
  | { name: 'exited'; reason: ExitReason };

export type ProcessStateName = ProcessState['name'];

const NEXT: Readonly<Record<ProcessStateName, readonly ProcessStateName[]>> = {
  spawning: ['initializing', 'stopping', 'exited'],
  initializing: ['initializing', 'ready', 'stopping', 'exited'],
  ready: ['stopping', 'exited'],
  stopping: ['exited'],
  exited: [],
};

/**
 * Returns `next` when the table allows it.
 *
 * @throws RemoteMediaError `internal` when it does not: that is a bug in the caller
 */
export function moveTo(current: ProcessState, next: ProcessState): ProcessState {
  if (NEXT[current.name].includes(next.name)) return next;
  throw new RemoteMediaError('internal', `A process cannot go from ${current.name} to ${next.name}`);
}
