/**
 * The states of a session, as one value.
 *
 *   state         what happens                                        next
 *   ------------  --------------------------------------------------  ------------
 *   initializing  every process is wired, every node has initialized  ready
 *   ready         the first frame, or the end of all input            executing
 *   executing     every node has ended                                terminating
 *   initializing, ready, executing
 *                 a failure, a cancel, a deadline: the cause          terminating
 *   terminating   everything is stopped, reaped and unlinked          terminated; error, where there was a cause
 */
import { RemoteMediaError } from '@remotemedia/contract';

export type SessionState =
  | { readonly name: 'initializing' }
  | { readonly name: 'ready' }
  | { readonly name: 'executing' }
  | { readonly name: 'terminating'; readonly cause: RemoteMediaError | null }
  | { readonly name: 'terminated' }
  | { readonly name: 'error'; readonly cause: RemoteMediaError };

export type SessionStateName = SessionState['name'];

const NEXT: Readonly<Record<SessionStateName, readonly SessionStateName[]>> = {
  initializing: ['ready', 'terminating'],
  ready: ['executing', 'terminating'],
  executing: ['terminating'],
  terminating: ['terminated', 'error'],
  terminated: [],
  error: [],
};

/**
 * Returns `next` when the table allows it.
 *
 * @throws RemoteMediaError `internal` when it does not: that is a bug in the caller
 */
export function moveTo(current: SessionState, next: SessionState): SessionState {
  if (NEXT[current.name].includes(next.name)) return next;
  throw new RemoteMediaError('internal', `A session cannot go from ${current.name} to ${next.name}`);
}

/** Whether the session can still do something. */
export function isAlive(state: SessionState): boolean {
  return state.name === 'initializing' || state.name === 'ready' || state.name === 'executing';
}
