import { describe, expect, test } from 'vitest';
import { isRemoteMediaError } from '../errors/error.js';
import { parseTokens } from './tokens.js';

const SECRET = 'S3cretS3cretS3cretS3cret';
const HASH = 'ab'.repeat(32);

const read = (text: string) => parseTokens(text, 'Tokens of tokens.toml', 'auth.tokens_file');

function refusal(text: string): { message: string; hint: string | null } {
  try {
    read(text);
  } catch (error) {
    if (isRemoteMediaError(error) && error.code === 'config.invalid') return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('tokens', () => {
  test('with all they may have', () => {
    const text = `
[[token]]
name = "ci"
token = "${SECRET}"
expires = 2027-01-31T01:00:00+01:00
max_sessions = 2
max_processes = 6

[[token]]
name = "dash@board"
sha256 = "${HASH}"
`;
    expect(read(text)).toEqual([
      {
        name: 'ci',
        token: SECRET,
        sha256: null,
        expiresMs: Date.UTC(2027, 0, 31),
        maxSessions: 2,
        maxProcesses: 6,
      },
      { name: 'dash@board', token: null, sha256: HASH, expiresMs: null, maxSessions: null, maxProcesses: null },
    ]);
  });

  test('one alone, as an environment variable or a mounted secret has it', () => {
    expect(read(`${SECRET}==\n`)).toEqual([
      {
        name: 'auth.tokens_file',
        token: `${SECRET}==`,
        sha256: null,
        expiresMs: null,
        maxSessions: null,
        maxProcesses: null,
      },
    ]);
  });

  test.each([
    ['', 'Must hold [[token]] tables'],
    ['short', 'Neither one token nor valid TOML in line 1'],
    ['token = []', 'Must hold [[token]] tables'],
    [`name = "${SECRET}"`, 'Must hold [[token]] tables'],
    [`[[token]]\n${SECRET} = "ci"`, 'May have these keys only: name, token, sha256, expires'],
    [`[[token]]\nname = "a"\ntoken = "${SECRET}\\n"`, 'Must be at least 16 letters'],
    [`[[token]]\nname = "a"\ntoken = "short"`, 'Must be at least 16 letters'],
    [`[[token]]\nname = "a"\ntoken = ["${SECRET}"]`, '(token[0].token)'],
    [`[[token]]\nname = "a"\ntoken = "${SECRET}`, 'nor valid TOML in line 3'],
    [`[[token]]\nname = "a"\nsha256 = "${SECRET}"`, 'Must be 64 hexadecimal digits'],
    [`[[token]]\nname = "a"`, 'Must have either token or sha256'],
    [`[[token]]\nname = "a"\ntoken = "${SECRET}"\nsha256 = "${HASH}"`, 'Must have either token or sha256'],
    [`[[token]]\nname = "${SECRET} "\ntoken = "${SECRET}"`, 'Must be 1 to 100 letters'],
    [`[[token]]\nname = "a"\ntoken = "${SECRET}"\nexpires = 2027-01-31`, 'Must be a date with time and zone'],
    [`[[token]]\nname = "a"\ntoken = "${SECRET}"\nexpires = "2027-01-31T00:00:00Z"`, 'without quotes'],
    [`[[token]]\nname = "a"\ntoken = "${SECRET}"\nmax_sessions = 0`, 'Must be a whole number of at least 1'],
    [
      `[[token]]\nname = "a"\ntoken = "${SECRET}"\n[[token]]\nname = "a"\ntoken = "${SECRET}2"`,
      'Another token has the same name (token[1].name)',
    ],
  ])('%j is refused without a word of it', (text, problem) => {
    const { message, hint } = refusal(text);
    expect(message).toContain(problem);
    expect(message).not.toContain('S3cret');
    expect(hint).toContain('auth.tokens_file');
  });
});
