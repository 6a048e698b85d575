// Loaded into the process of a service before the service itself: after each session it writes the number of wake-ups that
// only the safety check had found since the start into the file that RESCUES_FILE names.
import { writeFileSync } from 'node:fs';
import { Metrics } from '@remotemedia/server';

const file = process.env.RESCUES_FILE;
const forgetSession = Metrics.prototype.forgetSession;

// The last that a session asks of the metrics, when all that it counted is in.
Metrics.prototype.forgetSession = function (session) {
  if (file !== undefined) writeFileSync(file, String(this.rescues));
  forgetSession.call(this, session);
};
