// What a session may cost.

/** @typedef {import('../hop/goals.mjs').Verdict} Verdict */

const TOTAL_MS = 15;
const DELAY_MS = 2;

/** @param {import('./session.mjs').Both} measured @returns {Verdict[]} */
export function verdicts({ alone, withChildren }) {
  /** @param {string} goal @param {number} value @param {number} limit @returns {Verdict} */
  const verdict = (goal, value, limit) => ({ goal, limit, value, met: value <= limit });
  return [
    verdict('create, open and close, ms (p50)', alone.times.totalMs.p50, TOTAL_MS),
    verdict('with the children’s ends, ms (p50)', withChildren.times.totalMs.p50, TOTAL_MS),
    verdict('event loop late meanwhile, ms (max)', alone.delay.maxMs, DELAY_MS),
  ];
}
