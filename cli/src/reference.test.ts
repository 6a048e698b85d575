import { expect, test } from 'vitest';
import { COMMANDS } from './commands.js';
import { renderReference } from './reference.js';

test('docs/reference/cli.md is what the commands say about themselves', async () => {
  await expect(renderReference(COMMANDS)).toMatchFileSnapshot('../../docs/reference/cli.md');
});

test('every command has --json, and what it does in one line', () => {
  for (const { options, summary } of COMMANDS) {
    expect(options.map(({ flags }) => flags)).toContain('--json');
    expect(summary).toMatch(/^[a-z].{10,70}[^.]$/);
  }
});
