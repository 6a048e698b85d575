import { expect, test } from 'vitest';
import { commandLine, ROOT, run } from './command.mjs';

/** @param {string} code */
const node = (code) => ({ program: process.execPath, args: ['-e', code] });

test('lines of both streams come whole, also the last one without an end', async () => {
  /** @type {string[]} */
  const lines = [];
  const code = "process.stdout.write('a'); process.stderr.write('b\\n'); process.stdout.write('c\\nd')";
  const { exitCode, output } = await run(node(code), (line) => lines.push(line));
  expect(exitCode).toBe(0);
  expect(lines.sort()).toEqual(['ac', 'b', 'd']);
  expect(output).toHaveLength('ab\nc\nd'.length);
});

test('the exit code is the program’s own, or says which signal ended it', async () => {
  expect(await run(node('process.exit(3)'))).toMatchObject({ exitCode: 3 });
  expect(await run(node("process.kill(process.pid, 'SIGKILL')"))).toMatchObject({ exitCode: 137 });
});

test('a program that is not there is a failure with its name', async () => {
  const { exitCode, output } = await run({ program: 'no-such-program', args: [] });
  expect(exitCode).toBe(127);
  expect(output).toContain('no-such-program');
});

test('a command line is shown as it would be typed at the root', () => {
  const command = {
    program: `${ROOT}/.venv/bin/python`,
    args: ['-m', 'a b'],
    cwd: 'python',
    env: { X: '1', PATH: '/' },
  };
  expect(commandLine(command)).toBe("cd python && X=1 .venv/bin/python -m 'a b'");
});
