// Runs the soak test for as long as it is told to: `npm run soak -- [--minutes N] [--seed N] [--json]`.
//
// Opens, uses, breaks and leaves sessions of a real service at random; fails when anything is left, lost, wrong or grows.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { run } from './command.mjs';
import { setUp } from './setup.mjs';

const DEFAULT_MINUTES = 60;
/** What a shell calls a wrong command line. */
const EXIT_USAGE = 2;

/** @returns {{ minutes: number, seed: string | undefined, json: boolean }} */
function readArguments() {
  const { values } = parseArgs({
    options: { minutes: { type: 'string' }, seed: { type: 'string' }, json: { type: 'boolean', default: false } },
  });
  const minutes = Number(values.minutes ?? DEFAULT_MINUTES);
  if (!(minutes > 0)) throw new TypeError(`--minutes must be a number above 0, got ${values.minutes}`);
  if (values.seed !== undefined && !/^\d+$/.test(values.seed))
    throw new TypeError(`--seed must be a whole number, got ${values.seed}`);
  return { minutes, seed: values.seed, json: values.json };
}

async function main() {
  /** @type {ReturnType<typeof readArguments>} */
  let options;
  try {
    options = readArguments();
  } catch (error) {
    console.error(`error: ${error instanceof Error ? error.message : error}`);
    console.error('usage: npm run soak -- [--minutes N] [--seed N] [--json]');
    return EXIT_USAGE;
  }
  if (!(await setUp({ style: 'quiet', stream: process.stderr }))) return 1;
  const folder = mkdtempSync(join(tmpdir(), 'rm-soak-'));
  const report = join(folder, 'report.json');
  // With --json, stdout has nothing but the report; progress goes to stderr.
  const print = options.json ? console.error : console.log;
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', 'tests/soak/soak.test.ts', '--project', 'e2e'];
  const { exitCode } = await run(
    {
      program: process.execPath,
      args: [...vitest, '--disable-console-intercept'],
      env: {
        SOAK_MINUTES: String(options.minutes),
        SOAK_REPORT: report,
        ...(options.seed === undefined ? {} : { RM_TEST_SEED: options.seed }),
      },
    },
    (line) => print(line),
  );
  if (options.json) console.log(readFileSync(report, 'utf8'));
  rmSync(folder, { recursive: true, force: true });
  return exitCode;
}

process.exitCode = await main();
