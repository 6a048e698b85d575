import { expect, test } from 'vitest';
import { bytesText, durationText } from './units.js';

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.0 KiB'],
  [1536, '1.5 KiB'],
  [250 * 1024, '250 KiB'],
  [5.25 * 2 ** 30, '5.3 GiB'],
  [2 ** 52, '4096 TiB'],
])('%d bytes are %s', (bytes, text) => {
  expect(bytesText(bytes)).toBe(text);
});

test.each([
  [0.4, '0 s'],
  [59.9, '59 s'],
  [60, '1 min'],
  [200, '3 min 20 s'],
  [7500, '2 h 5 min'],
  [3 * 86_400 + 60, '3 d'],
])('%d seconds are %s', (secs, text) => {
  expect(durationText(secs)).toBe(text);
});
