import { expect, it } from 'vitest';
import { type EndingCall, expectClient } from './call-end.js';

const call = (cancelled: boolean): EndingCall => ({
  cancelled,
  on: () => undefined,
  getDeadline: () => Number.POSITIVE_INFINITY,
});

it('opens no session for a client that has gone', () => {
  expect(() => expectClient(call(true))).toThrow(expect.objectContaining({ code: 'session.cancelled' }));
  expect(() => expectClient(call(false))).not.toThrow();
});
