import { expect, test } from 'vitest';
import { plainText } from './plain-text.js';

test('a plain text stays as it is', () => {
  const text = "Node 'asr' failed: ValueError: nö 👩‍👩‍👧‍👦  two spaces";
  expect(plainText(text, 100)).toBe(text);
});

test.each([
  ['a\n\n  b\r\nc', 'a b c'],
  ['\u001b[2Jred\u0000\u007f\u009b', '\\u001b[2Jred\\u0000\\u007f\\u009b'],
  ['one\u2028two\u2029three', 'one two three'],
  ['a\tb', 'a b'],
  ['half \ud800 of one', 'half \ufffd of one'],
])('%j becomes a paragraph without control characters', (text, plain) => {
  expect(plainText(text, 100)).toBe(plain);
});

test('a long text is cut between two characters', () => {
  expect(plainText('abcdefgh', 5)).toBe('abcd…');
  expect(plainText('abc👩👩👩', 5)).toBe('abc…');
  expect(plainText('x\u0000'.repeat(1000), 20).length).toBeLessThanOrEqual(20);
});

test('white space without end costs no time', () => {
  const startedMs = performance.now();
  expect(plainText(`a${' '.repeat(10_000_000)}b`, 100).length).toBeLessThanOrEqual(100);
  expect(performance.now() - startedMs).toBeLessThan(1000);
});
