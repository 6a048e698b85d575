// Every linter, type checker and rule of the repository, one line each.

import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { CHECK_STEPS } from './check/steps.mjs';
import { commandLine, run } from './command.mjs';
import { seconds } from './setup/report.mjs';
import { setUp } from './setup.mjs';

/**
 * Runs all steps, also after a failed one.
 * @param {string[]} [only] names of steps; all when absent
 * @returns {Promise<{ passed: string[], failed: string[] }>}
 */
export async function check(only) {
  /** @type {string[]} */
  const passed = [];
  /** @type {string[]} */
  const failed = [];
  for (const step of CHECK_STEPS.filter(({ name }) => only === undefined || only.includes(name))) {
    const started = performance.now();
    const trouble = await troubleOf(step);
    const took = seconds(performance.now() - started);
    console.log(`${trouble === null ? 'ok    ' : 'FAILED'} ${step.name} (${took})`);
    if (trouble !== null) console.log(trouble.replaceAll(/^/gm, '  '));
    (trouble === null ? passed : failed).push(step.name);
  }
  return { passed, failed };
}

/**
 * What a failed step has to say, or null when it passed.
 * @param {import('./check/steps.mjs').CheckStep} step
 */
async function troubleOf(step) {
  if ('problems' in step) {
    const problems = await step.problems();
    return problems.length === 0 ? null : problems.join('\n');
  }
  const { exitCode, output } = await run(step.command);
  return exitCode === 0 ? null : `$ ${commandLine(step.command)}\n${output.trimEnd()}\nexit code ${exitCode}`;
}

/** @param {string[]} names */
async function main(names) {
  const unknown = names.filter((name) => !CHECK_STEPS.some((step) => step.name === name));
  if (unknown.length > 0) {
    console.error(
      `error: no check is called ${unknown.join(', ')}; there are: ${CHECK_STEPS.map((step) => step.name).join(', ')}`,
    );
    return 2;
  }
  // The other builds are not needed here, and a type error should show as a failed check.
  if (!(await setUp({ style: 'quiet', stream: process.stdout, only: ['npm', 'venv'] }))) return 1;
  const { failed } = await check(names.length === 0 ? undefined : names);
  if (failed.length > 0) console.log(`failed: ${failed.join(', ')}`);
  return failed.length === 0 ? 0 : 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.exitCode = await main(process.argv.slice(2));
}
