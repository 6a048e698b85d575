import { expect, test } from 'vitest';
import { UsageError } from '../usage-error.js';
import { parseNodeFiles } from './node-file.js';

test('the first = divides, so that a path may contain one', () => {
  expect(parseNodeFiles('-i', ['chunker=a=b.wav', 'text=/tmp/x.txt'])).toEqual([
    { nodeId: 'chunker', path: 'a=b.wav' },
    { nodeId: 'text', path: '/tmp/x.txt' },
  ]);
});

test.each(['speech.wav', '=speech.wav', 'chunker='])('%s is refused with an example', (value) => {
  expect(() => parseNodeFiles('-i', [value])).toThrow(UsageError);
});

test('two files for one node are refused', () => {
  expect(() => parseNodeFiles('-o', ['a=1', 'a=2'])).toThrow('-o a is given twice');
});
