// Set-up, every check, every test; the last line has the sums.
import { performance } from 'node:perf_hooks';
import { check } from './check.mjs';
import { seconds } from './setup/report.mjs';
import { setUp } from './setup.mjs';
import { add, NO_TESTS } from './test/counts.mjs';
import { runSuite, SUITES } from './test/suites.mjs';

/** @param {string} text */
const heading = (text) => console.log(`\n== ${text}`);

/** @param {string[]} names suites to run; all, and the checks, when there are none */
async function main(names) {
  const unknown = names.filter((name) => !SUITES.some((suite) => suite.name === name));
  if (unknown.length > 0) {
    console.error(
      `error: no suite is called ${unknown.join(', ')}; there are: ${SUITES.map((suite) => suite.name).join(', ')}`,
    );
    return 2;
  }
  let total = NO_TESTS;
  /** @type {string[]} */
  const summary = [];

  heading('set-up');
  if (!(await setUp({ style: 'text', stream: process.stdout, extra: ['example', 'engines', 'peers'] }))) {
    console.log('0 passed, 1 failed');
    return 1;
  }
  if (names.length === 0) {
    heading('check');
    const { passed, failed } = await check();
    total = add(total, { passed: passed.length, failed: failed.length, skipped: 0 });
    summary.push(
      `check: ${passed.length} passed, ${failed.length} failed${failed.length > 0 ? ` (${failed.join(', ')})` : ''}`,
    );
  }
  for (const suite of SUITES.filter(({ name }) => names.length === 0 || names.includes(name))) {
    heading(suite.name);
    const started = performance.now();
    const counts = await runSuite(suite);
    total = add(total, counts);
    summary.push(`${suite.name}: ${text(counts)} in ${seconds(performance.now() - started)}`);
  }
  heading('summary');
  for (const line of summary) console.log(line);
  console.log(text(total));
  return total.failed === 0 ? 0 : 1;
}

/** @param {import('./test/counts.mjs').Counts} counts */
function text({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

process.exitCode = await main(process.argv.slice(2));
