import { expect, test } from 'vitest';
import { ERROR_TABLE } from './codes.js';
import { renderErrorReference } from './document-errors.js';

// `npx vitest run contract/src/errors/document-errors.test.ts -u` writes the file anew.
test('docs/reference/errors.md is what the table of errors says', async () => {
  await expect(renderErrorReference()).toMatchFileSnapshot('../../../docs/reference/errors.md');
});

test('it has every code', () => {
  const text = renderErrorReference();
  for (const code of Object.keys(ERROR_TABLE)) expect(text).toContain(`| \`${code}\` |`);
});
