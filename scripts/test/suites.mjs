// The test suites as data, in the order they run.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, run } from '../command.mjs';
import { PYTHON } from '../setup/steps.mjs';
import { countCargo, countPytest, countVitest } from './counts.mjs';

/**
 * @typedef {import('./counts.mjs').Counts} Counts
 *
 * @typedef {object} Suite
 * @property {string} name
 * @property {import('../command.mjs').Command} command
 * @property {(output: string) => Counts} count
 */

const RESULTS = '.setup/results';
const VITEST_REPORT = `${RESULTS}/vitest.json`;
const PYTEST_REPORT = `${RESULTS}/pytest.xml`;

/** @param {string} path */
const read = (path) => readFileSync(join(ROOT, path), 'utf8');

/** @type {Suite[]} */
export const SUITES = [
  {
    name: 'cargo test',
    command: {
      program: 'cargo',
      args: ['test', '--workspace', '--locked'],
      cwd: 'channel',
    },
    count: countCargo,
  },
  {
    name: 'loom',
    command: {
      program: 'cargo',
      args: ['test', '--locked', '--package', 'remotemedia-channel', '--test', 'loom'],
      cwd: 'channel',
      env: {
        RUSTFLAGS: '--cfg loom',
        // A folder of its own: the flag changes every crate, and sharing one would rebuild them at each turn.
        CARGO_TARGET_DIR: 'target/loom',
      },
    },
    count: countCargo,
  },
  {
    name: 'pytest',
    command: {
      program: PYTHON,
      args: ['-m', 'pytest', '-W', 'error', `--junit-xml=${join(ROOT, PYTEST_REPORT)}`],
      cwd: 'python',
    },
    count: () => countPytest(read(PYTEST_REPORT)),
  },
  {
    name: 'vitest',
    command: {
      program: process.execPath,
      args: [
        'node_modules/vitest/vitest.mjs',
        'run',
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${VITEST_REPORT}`,
      ],
    },
    count: () => countVitest(read(VITEST_REPORT)),
  },
];

/**
 * Runs a suite, its output streamed. One that fails without a failed test, or runs none, counts as one failure.
 * @param {Suite} suite
 * @returns {Promise<Counts>}
 */
export async function runSuite(suite) {
  mkdirSync(join(ROOT, RESULTS), { recursive: true });
  // A report of an earlier run must not be taken for this one's.
  for (const report of [VITEST_REPORT, PYTEST_REPORT]) rmSync(join(ROOT, report), { force: true });
  const { exitCode, output } = await run(suite.command, console.log);
  /** @type {Counts} */
  let counts;
  try {
    counts = suite.count(output);
  } catch (error) {
    console.log(`${suite.name} left no result to count: ${error instanceof Error ? error.message : error}`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
  if (counts.failed > 0) return counts;
  if (exitCode !== 0) {
    console.log(`${suite.name} ended with exit code ${exitCode} though no test of it failed`);
    return { ...counts, failed: 1 };
  }
  if (counts.passed === 0) {
    console.log(`${suite.name} ran no test`);
    return { ...counts, failed: 1 };
  }
  return counts;
}
