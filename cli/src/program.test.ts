import { RemoteMediaError } from '@remotemedia/contract';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { type Command, defineCommand, JSON_OPTION } from './command.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { runProgram } from './program.js';
import { fakeTerminal } from './testing/fake-terminal.js';

function greet(
  run: (input: { readonly name: string; readonly times: number; readonly tag: readonly string[] }) => void,
): Command {
  return defineCommand({
    path: ['greet'],
    summary: 'greet somebody',
    details: ['A paragraph.'],
    arguments: [{ name: 'name', summary: 'who', required: true }],
    options: [
      { flags: '--times <n>', summary: 'how often', default: '1' },
      { flags: '-t, --tag <tag>', summary: 'a mark', repeatable: true },
      { flags: '--how-loud <level>', summary: 'volume', choices: ['low', 'high'] },
      JSON_OPTION,
    ],
    examples: [['remotemedia greet Ada', 'say it once']],
    input: z.object({
      name: z.string(),
      times: z.coerce.number('expected a number'),
      tag: z.array(z.string()).default([]),
      howLoud: z.string().optional(),
    }),
    async run(input) {
      run(input);
      return EXIT.ok;
    },
  });
}

const failing = (error: unknown): Command => ({
  ...greet(() => {}),
  path: ['nodes', 'fail'],
  arguments: [],
  input: z.object({}),
  run: () => Promise.reject(error),
});

async function runWith(
  commands: Command[],
  ...args: string[]
): Promise<{ exitCode: ExitCode; stdout: string; stderr: string }> {
  const { written, terminal } = fakeTerminal();
  const exitCode = await runProgram(commands, '1.2.3', args, terminal);
  return { exitCode, ...written };
}

test('a command gets its arguments and options typed and complete', async () => {
  const seen: unknown[] = [];
  const { exitCode } = await runWith(
    [greet((input) => seen.push(input))],
    'greet',
    'Ada',
    '--times',
    '3',
    '-t',
    'a',
    '--tag',
    'b',
  );
  expect(exitCode).toBe(EXIT.ok);
  expect(seen).toEqual([{ name: 'Ada', times: 3, tag: ['a', 'b'] }]);
});

test('an option with a wrong value is named as it was typed', async () => {
  const result = await runWith([greet(() => {})], 'greet', 'Ada', '--times', 'x');
  expect(result.exitCode).toBe(EXIT.usage);
  expect(result.stderr).toBe('error: --times: expected a number\n  fix: see `remotemedia greet --help`\n');
  expect(result.stdout).toBe('');
});

test.each([
  [['greet'], "missing required argument 'name'"],
  [['greet', 'Ada', '--tims', '3'], "unknown option '--tims'\n  fix: Did you mean --times?"],
  [['gret', 'Ada'], "unknown command 'gret'\n  fix: Did you mean greet?"],
  [['greet', 'Ada', '--how-loud', 'max'], 'Allowed choices are low, high'],
] as const)('%j is a usage error that says what is wrong', async (args, text) => {
  const result = await runWith([greet(() => {})], ...args);
  expect(result.exitCode).toBe(EXIT.usage);
  expect(result.stderr).toContain(text);
});

test('help is no error, has the examples, and goes to stdout', async () => {
  const result = await runWith([greet(() => {})], 'greet', '--help');
  expect(result).toMatchObject({ exitCode: EXIT.ok, stderr: '' });
  expect(result.stdout).toContain('A paragraph.');
  expect(result.stdout).toContain('remotemedia greet Ada');
});

test('without a command the help is shown and the exit code says that one is missing', async () => {
  const result = await runWith([greet(() => {})]);
  expect(result.exitCode).toBe(EXIT.usage);
  expect(result.stderr).toContain('Usage: remotemedia');
});

test('the version is that of the package', async () => {
  expect(await runWith([], '--version')).toMatchObject({ exitCode: EXIT.ok, stdout: '1.2.3\n' });
});

test('a failure of a command becomes its exit code and text on stderr', async () => {
  const error = new RemoteMediaError('limit.sessions', 'There are 100 sessions');
  const result = await runWith([failing(error)], 'nodes', 'fail');
  expect(result.exitCode).toBe(EXIT.limit);
  expect(result.stderr).toContain('error: There are 100 sessions');
  expect(result.stdout).toBe('');
});

test('with --json every failure is one JSON line on stdout', async () => {
  const error = new RemoteMediaError('limit.sessions', 'There are 100 sessions');
  for (const args of [
    ['nodes', 'fail', '--json'],
    ['nodes', '--json', '--nope'],
    ['nodes', '--json'],
  ]) {
    const { exitCode, stdout, stderr } = await runWith([failing(error)], ...args);
    expect(JSON.parse(stdout)).toMatchObject({ event: 'error', exit_code: exitCode });
    expect(stderr).toBe('');
  }
});
