// Loaded into the process of a service before the service itself: after each session it writes how late the event loop has
// been since the start into the file that LOOP_FILE names. Its own timer fires every 10 ms, and no sooner is seen as late.
import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Metrics } from '@remotemedia/server';

const RESOLUTION_MS = 10;
const file = process.env.LOOP_FILE;
const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
const forgetSession = Metrics.prototype.forgetSession;
delay.enable();

/** @param {number} nanoseconds from one firing of the timer to the next */
const late = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);

Metrics.prototype.forgetSession = function (session) {
  const measured = { p99Ms: late(delay.percentile(99)), maxMs: late(delay.max) };
  if (file !== undefined) writeFileSync(file, JSON.stringify(measured));
  forgetSession.call(this, session);
};
