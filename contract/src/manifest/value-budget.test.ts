import { expect, test } from 'vitest';
import { ValueBudget } from './value-budget.js';

const tooMany = expect.objectContaining({
  code: 'manifest.invalid',
  message: expect.stringContaining('250000 values'),
});

test('counts what stands between the values of a text, but not in its strings', () => {
  const values = new ValueBudget();
  values.takeText(`["${',[{\\"'.repeat(300_000)}", {}, []]`);
  expect(() => values.takeText(`[${'1,'.repeat(250_000)}1]`)).toThrow(tooMany);
});

test('is one for all texts of a manifest', () => {
  const values = new ValueBudget();
  const text = `[${'1,'.repeat(99_999)}1]`;
  values.takeText(text);
  values.takeText(text);
  expect(() => values.takeText(text)).toThrow(tooMany);
});
