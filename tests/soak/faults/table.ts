import { BAD_REQUESTS } from './bad-requests.js';
import { BREAKDOWNS } from './breakdowns.js';
import type { Fault } from './fault.js';
import { FROM_CLIENT } from './from-client.js';
import { FROM_OUTSIDE } from './from-outside.js';
import { MANNERS_FAULT } from './manners.js';

/** Everything that may go wrong with a session, except the machine. */
export const FAULTS: readonly Fault[] = [
  ...BREAKDOWNS,
  ...FROM_OUTSIDE,
  ...FROM_CLIENT,
  ...BAD_REQUESTS,
  MANNERS_FAULT,
];
