// Makes everything that the other commands need: npm packages, builds, the Python environment.
// Node built-ins only; safe to repeat; what is current is skipped.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { commandLine } from './command.mjs';
import { holdLock } from './setup/lock.mjs';
import { createReport, seconds } from './setup/report.mjs';
import { findTools } from './setup/requirements.mjs';
import { clearStamp, writeStamp } from './setup/stamp.mjs';
import { perform, reasonFile, STEPS, whyStale } from './setup/steps.mjs';

const HELP = `Usage: npm run setup [-- OPTIONS]

Builds everything that serve, demo, test and bench need. Finished steps are skipped.

  --only STEP,...   only these steps: ${STEPS.map((step) => step.name).join(', ')}
  --with STEP,...   also these steps, which are left out otherwise: ${STEPS.filter((step) => step.onDemand)
    .map((step) => step.name)
    .join(', ')}
  --json            one JSON line per event
  --help            this text`;

/**
 * @typedef {object} SetupOptions
 * @property {import('./setup/report.mjs').Style} style
 * @property {NodeJS.WriteStream} stream where progress goes
 * @property {string[]} [only]
 * @property {string[]} [extra] on-demand steps to include
 */

/**
 * Brings every step up to date. Returns false, after saying why, when one failed.
 * @param {SetupOptions} options
 */
export async function setUp(options) {
  const report = createReport(options.style, options.stream);
  const release = await holdLock(() => report.say('waiting for another set-up of this folder to end'));
  try {
    return await bringUpToDate(chooseSteps(options), report);
  } finally {
    await release();
  }
}

/** @param {SetupOptions} options */
function chooseSteps({ only, extra }) {
  if (only !== undefined) return STEPS.filter((step) => only.includes(step.name));
  return STEPS.filter((step) => step.onDemand !== true || (extra ?? []).includes(step.name));
}

/**
 * @param {import('./setup/steps.mjs').Step[]} steps
 * @param {import('./setup/report.mjs').Report} report
 */
async function bringUpToDate(steps, report) {
  /** @type {import('./setup/requirements.mjs').Tools | null} */
  let tools = null;
  for (const [index, step] of steps.entries()) {
    const position = `[${index + 1}/${steps.length}]`;
    const why = whyStale(step);
    if (why === null) {
      report.current(step.title, position);
      continue;
    }
    if (tools === null) {
      // Asked only when there is work, and for everything at once, before the first long step.
      const found = findTools();
      if (found.missing.length > 0) {
        report.missing(found.missing);
        return false;
      }
      tools = found.tools;
    }
    const whyNot = step.whyNot?.() ?? null;
    if (whyNot !== null) {
      leaveOut(step, whyNot, report);
      continue;
    }
    report.begin(step.title, position, why);
    const started = performance.now();
    clearStamp(step.name);
    const failure = await perform(step, tools, report.line);
    if (failure !== null && step.whyNot !== undefined) {
      leaveOut(step, failure.output.trim().split('\n').at(-1) ?? '', report);
      continue;
    }
    if (failure !== null) {
      report.failed(step.name, step.title, commandLine(failure.command), failure.output);
      return false;
    }
    rmSync(reasonFile(step.name), { force: true });
    if (step.hash !== null) writeStamp(step.name, step.hash());
    report.done(step.name, step.title, position, performance.now() - started);
  }
  return true;
}

/**
 * Goes on without what a step would have made, and says why: here, and to those that look for it.
 * @param {import('./setup/steps.mjs').Step} step
 * @param {string} reason
 * @param {import('./setup/report.mjs').Report} report
 */
function leaveOut({ name, title }, reason, report) {
  mkdirSync(dirname(reasonFile(name)), { recursive: true });
  writeFileSync(reasonFile(name), reason);
  report.leftOut(name, title, reason);
}

/** @param {string[]} args */
async function main(args) {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string' },
      with: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const only = values.only?.split(',');
  const extra = values.with?.split(',') ?? [];
  const unknown = [...(only ?? []), ...extra].filter((name) => !STEPS.some((step) => step.name === name));
  if (unknown.length > 0) {
    console.error(`error: no step is called ${unknown.join(', ')}\n\n${HELP}`);
    return 2;
  }
  const started = performance.now();
  const ready = await setUp({
    style: values.json ? 'json' : 'text',
    stream: process.stdout,
    extra,
    ...(only === undefined ? {} : { only }),
  });
  if (ready && !values.json) console.log(`ready in ${seconds(performance.now() - started)}`);
  return ready ? 0 : 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.exitCode = await main(process.argv.slice(2));
}
