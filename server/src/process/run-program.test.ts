import { expect, it } from 'vitest';
import { PYTHON } from './fixtures/harness.js';
import { runProgram } from './run-program.js';

const HANG = 'import os, signal\nos.write(2, b"%d\\n" % os.getpid())\nsignal.pause()\n';

it('ends the program when nobody waits for its answer any more', async () => {
  const abort = new AbortController();
  setTimeout(() => abort.abort(), 500);
  const started = performance.now();
  const result = await runProgram({
    command: PYTHON,
    args: ['-c', HANG],
    cwd: '/',
    env: {},
    stdin: null,
    timeoutMs: 60_000,
    signal: abort.signal,
    maxAnswerBytes: 1024,
  });
  expect(performance.now() - started).toBeLessThan(5000);
  expect(result).toMatchObject({ answer: null, ending: 'was given up before it answered' });
  const pid = Number(result.stderr[0]);
  expect(pid).toBeGreaterThan(1);
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});
