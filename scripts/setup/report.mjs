// Shows a set-up's progress: lines for a log, one live line on a terminal, or JSON.
import { performance } from 'node:perf_hooks';

/** Enough of a failed command's output to show the first error of a compiler. */
const TAIL_LINES = 60;
const REFRESH_MS = 200;

/**
 * @typedef {'text' | 'quiet' | 'json'} Style quiet shows only steps that have something to do
 *
 * @typedef {object} Report
 * @property {(title: string, position: string) => void} current
 * @property {(title: string, position: string, why: string) => void} begin
 * @property {(line: string) => void} line
 * @property {(name: string, title: string, position: string, ms: number) => void} done
 * @property {(name: string, title: string, command: string, output: string) => void} failed
 * @property {(name: string, title: string, reason: string) => void} leftOut
 * @property {(missing: import('./requirements.mjs').Missing[]) => void} missing
 * @property {(text: string) => void} say
 */

/**
 * @param {Style} style
 * @param {NodeJS.WriteStream} stream
 * @returns {Report}
 */
export function createReport(style, stream) {
  return style === 'json' ? jsonReport(stream) : textReport(style, stream);
}

/** @param {number} ms */
export function seconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`;
}

/**
 * @param {Style} style
 * @param {NodeJS.WriteStream} stream
 * @returns {Report}
 */
function textReport(style, stream) {
  const live = stream.isTTY === true;
  let label = '';
  let latest = '';
  let startedAt = 0;
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const clear = () => {
    clearInterval(timer);
    if (live) stream.write('\r\x1b[K');
  };
  const draw = () => {
    const text = `${label} … ${Math.round((performance.now() - startedAt) / 1000)} s  ${latest}`;
    stream.write(`\r\x1b[K${text.slice(0, Math.max(20, (stream.columns ?? 80) - 1))}`);
  };
  return {
    current(title, position) {
      if (style !== 'quiet') stream.write(`${position} ${title}: up to date\n`);
    },
    begin(title, position, why) {
      label = `${position} ${title}`;
      latest = why;
      startedAt = performance.now();
      if (!live) stream.write(`${label}: ${why} …\n`);
      else timer = setInterval(draw, REFRESH_MS);
    },
    line(line) {
      if (line.trim() !== '') latest = line.trim();
    },
    done(_name, title, position, ms) {
      clear();
      stream.write(`${position} ${title}: done in ${seconds(ms)}\n`);
    },
    failed(_name, title, command, output) {
      clear();
      const lines = output.trimEnd().split('\n');
      if (lines.length > TAIL_LINES) stream.write(`  … ${lines.length - TAIL_LINES} lines left out\n`);
      for (const line of lines.slice(-TAIL_LINES)) stream.write(`  ${line}\n`);
      stream.write(`error: set-up failed at "${title}"\n`);
      stream.write(`  command: ${command}\n`);
      stream.write('  fix: see the output above, then run `npm run setup` again; finished steps are skipped\n');
    },
    leftOut(_name, title, reason) {
      clear();
      stream.write(`left out: ${title}: ${reason}\n`);
    },
    missing(missing) {
      stream.write('error: set-up needs programs that are not here\n');
      for (const each of missing) {
        stream.write(`  needed: ${each.what}\n    found: ${each.found}\n    how to get it: ${each.fix}\n`);
      }
    },
    say(text) {
      stream.write(`${text}\n`);
    },
  };
}

/**
 * @param {NodeJS.WriteStream} stream
 * @returns {Report}
 */
function jsonReport(stream) {
  /** @param {object} event */
  const write = (event) => void stream.write(`${JSON.stringify(event)}\n`);
  return {
    current: (step) => write({ event: 'current', step }),
    begin: (step, _position, why) => write({ event: 'begin', step, why }),
    line: () => {},
    done: (name, step, _position, ms) => write({ event: 'done', name, step, ms: Math.round(ms) }),
    failed: (name, step, command, output) => write({ event: 'failed', name, step, command, output }),
    leftOut: (name, step, reason) => write({ event: 'left-out', name, step, reason }),
    missing: (missing) => write({ event: 'missing', missing }),
    say: (text) => write({ event: 'note', text }),
  };
}
