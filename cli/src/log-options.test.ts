import { LOG_LEVELS } from '@remotemedia/server';
import { expect, test } from 'vitest';
import { logLevel } from './log-options.js';

test('the levels are those of the service', () => {
  expect(logLevel.options).toEqual([...LOG_LEVELS]);
});
