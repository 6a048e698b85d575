import type { Deadline } from '@grpc/grpc-js';
import { RemoteMediaError } from '@remotemedia/contract';
import type { Session } from '../session/session.js';

/** Longer than this no timer of Node can wait; a deadline that far away is none. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** This long before a deadline, a cancel is the deadline of the client's own clock. */
const EARLY_MS = 100;

/** The part of a call that says when it is over. */
export interface EndingCall {
  on(event: 'cancelled', listener: () => void): unknown;
  getDeadline(): Deadline;
}

/**
 * Ends a session with its call: when the client goes, and when time is up.
 *
 * @param maxTimeoutMs `resource_limits.max_timeout_ms`; null: none.
 * @returns the function that forgets the deadline
 */
export function endWithCall(call: EndingCall, session: Session, maxTimeoutMs: number | null): () => void {
  const deadlineMs = Number(call.getDeadline());
  call.on('cancelled', () => {
    // grpc-js watches the deadline too, on both sides, and calls its end of the call a cancel; the client's clock began first.
    if (Date.now() >= deadlineMs - EARLY_MS) session.cancel(deadlinePassed());
    else session.cancel(new RemoteMediaError('session.cancelled', 'The client has cancelled the call or has gone'));
  });
  const timers: NodeJS.Timeout[] = [];
  const endAfter = (ms: number, reason: () => RemoteMediaError): void => {
    if (ms <= MAX_TIMER_MS) timers.push(setTimeout(() => session.cancel(reason()), Math.max(0, ms)));
  };
  endAfter(deadlineMs - Date.now(), deadlinePassed);
  if (maxTimeoutMs !== null) {
    const text = `resource_limits.max_timeout_ms (${maxTimeoutMs} ms) has passed`;
    endAfter(maxTimeoutMs, () => new RemoteMediaError('session.deadline', text));
  }
  return () => {
    for (const timer of timers) clearTimeout(timer);
  };
}

function deadlinePassed(): RemoteMediaError {
  return new RemoteMediaError('session.deadline', 'The deadline of the call has passed');
}
