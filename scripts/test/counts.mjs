// How many tests a runner says it ran, read from what it leaves behind.

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/** @type {Counts} */
export const NO_TESTS = { passed: 0, failed: 0, skipped: 0 };

/**
 * @param {Counts} a
 * @param {Counts} b
 * @returns {Counts}
 */
export function add(a, b) {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}

/**
 * vitest's JSON report. A file that could not be loaded has no tests and counts as one that failed.
 * @param {string} json
 * @returns {Counts}
 */
export function countVitest(json) {
  const report = JSON.parse(json);
  const broken = report.testResults.filter(
    (/** @type {{ status: string, assertionResults: unknown[] }} */ file) =>
      file.status === 'failed' && file.assertionResults.length === 0,
  ).length;
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/**
 * The `test result:` lines of `cargo test`, one per test binary and one per crate's documentation.
 * @param {string} output
 * @returns {Counts}
 */
export function countCargo(output) {
  const lines = output.matchAll(/test result: .*?(\d+) passed; (\d+) failed; (\d+) ignored/g);
  return [...lines]
    .map(([, passed, failed, skipped]) => ({
      passed: Number(passed),
      failed: Number(failed),
      skipped: Number(skipped),
    }))
    .reduce(add, NO_TESTS);
}

/**
 * pytest's JUnit report.
 * @param {string} xml
 * @returns {Counts}
 */
export function countPytest(xml) {
  return [...xml.matchAll(/<testsuite\s[^>]*>/g)]
    .map(([tag]) => {
      const number = (/** @type {string} */ name) => Number(tag.match(new RegExp(` ${name}="(\\d+)"`))?.[1] ?? 0);
      const failed = number('failures') + number('errors');
      const skipped = number('skipped');
      return { passed: number('tests') - failed - skipped, failed, skipped };
    })
    .reduce(add, NO_TESTS);
}
