import type { Deadline } from '@grpc/grpc-js';
import { RemoteMediaError } from '@remotemedia/contract';
import type { Allowance } from '../session/memory-watch.js';
import type { Session } from '../session/session.js';

/** Longer than this no timer of Node can wait; a deadline that far away is none. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** This long before a deadline, a cancel is the deadline of the client's own clock. */
const EARLY_MS = 100;

/** The part of a call that says when it is over. */
export interface EndingCall {
  /** True once the client has gone; the event comes only to those who listened before. */
  readonly cancelled: boolean;
  on(event: 'cancelled', listener: () => void): unknown;
  getDeadline(): Deadline;
}

/**
 * To be called right before a session is opened for a call: nothing would ever end the session of one that is over.
 *
 * @throws RemoteMediaError `session.cancelled`
 */
export function expectClient(call: EndingCall): void {
  if (call.cancelled) throw new RemoteMediaError('session.cancelled', 'The client has gone before its session began');
}

/**
 * Ends a session with its call: when the client goes, and when time is up.
 *
 * @param time milliseconds that the call may take; null: any time.
 * @returns the function that forgets the deadline
 */
export function endWithCall(call: EndingCall, session: Session, time: Allowance | null): () => void {
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
  if (time !== null) endAfter(time.allowed, () => timePassed(time));
  return () => {
    for (const timer of timers) clearTimeout(timer);
  };
}

function timePassed({ allowed, setting }: Allowance): RemoteMediaError {
  const text = `The session has run for ${allowed} ms, which is all that ${setting} allows`;
  const hint = `Give the session less to do, or raise ${setting}.`;
  return new RemoteMediaError('session.deadline', text, { hint, details: { allowed, setting } });
}

function deadlinePassed(): RemoteMediaError {
  return new RemoteMediaError('session.deadline', 'The deadline of the call has passed');
}
