import { expect, test } from 'vitest';
import { countCargo, countPytest, countVitest } from './counts.mjs';

test('cargo prints one result per test binary and they are summed', () => {
  const output = [
    'test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s',
    'test result: \u001b[31mFAILED\u001b[m. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out',
  ].join('\n');
  expect(countCargo(output)).toEqual({ passed: 5, failed: 1, skipped: 1 });
});

test('an error in pytest counts as a failure, a skipped test not as passed', () => {
  const xml =
    '<testsuites><testsuite name="pytest" errors="1" failures="2" skipped="3" tests="10" time="1"></testsuite></testsuites>';
  expect(countPytest(xml)).toEqual({ passed: 4, failed: 3, skipped: 3 });
});

test('a test file that vitest cannot load counts as one failure', () => {
  const report = {
    numPassedTests: 4,
    numFailedTests: 0,
    numPendingTests: 1,
    numTodoTests: 0,
    testResults: [
      { status: 'passed', assertionResults: [{}] },
      { status: 'failed', assertionResults: [] },
    ],
  };
  expect(countVitest(JSON.stringify(report))).toEqual({ passed: 4, failed: 1, skipped: 1 });
});
