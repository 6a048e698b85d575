import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { ERROR_TABLE } from '../errors/codes.js';
import { ProblemCollector } from './collector.js';
import { describeValue, joinPath, quoteBytes } from './describe.js';
import { didYouMean, nearestNames } from './nearest.js';
import { zodProblems } from './zod-problems.js';

const TYPES = ['AudioChunkerNode', 'PassThrough', 'WhisperNode', 'EnergyVad', 'WavSource', 'WavSink'];

describe('nearest names', () => {
  test.each([
    ['WhisperNod', ['WhisperNode']],
    ['whisper_node', ['WhisperNode']],
    ['Whisper', ['WhisperNode']],
    ['AudioChunker', ['AudioChunkerNode']],
    ['Passthru', ['PassThrough']],
    ['WavSinc', ['WavSink']],
    ['Nonsense', []],
    ['', []],
    ['x'.repeat(1_000_000), []],
  ])('%s', (name, expected) => {
    expect(nearestNames(name, TYPES)).toEqual(expected);
  });

  test('as words', () => {
    expect(didYouMean('aa', ['ab', 'ac', 'ad', 'ae'])).toBe("; did you mean 'ab', 'ac' or 'ad'?");
    expect(didYouMean('aa', ['ab'])).toBe("; did you mean 'ab'?");
    expect(didYouMean('aa', [])).toBe('');
  });
});

describe('a collector', () => {
  test('without problems throws nothing', () => {
    expect(new ProblemCollector().toError()).toBeNull();
    new ProblemCollector().throwIfAny();
  });

  test('an unknown node type in the words of the guide', () => {
    const problems = new ProblemCollector();
    problems.addUnknownNodeType('WhisperNod', TYPES, 'nodes[1].node_type', 'asr');
    const error = problems.toError();
    expect(error?.message).toBe(
      "Manifest validation error: Unknown node type 'WhisperNod'; did you mean 'WhisperNode'? (nodes[1].node_type)",
    );
    expect([error?.code, error?.nodeId]).toEqual(['manifest.unknown_node_type', 'asr']);
    expect(error?.hint).toBe(ERROR_TABLE['manifest.unknown_node_type'].hint);
  });

  test('has the code, node and hint that all problems share', () => {
    const problems = new ProblemCollector();
    problems.add({ path: 'a', message: 'A', code: 'manifest.bad_params', nodeId: 'n', hint: 'H' });
    problems.add({ path: 'b', message: 'B', code: 'manifest.bad_params', nodeId: 'n', hint: 'H' });
    expect(problems.toError()).toMatchObject({ code: 'manifest.bad_params', nodeId: 'n', hint: 'H' });
    problems.add({ path: '', message: 'C' });
    expect(problems.toError()).toMatchObject({
      code: 'manifest.invalid',
      nodeId: null,
      hint: ERROR_TABLE['manifest.invalid'].hint,
      message: 'Manifest validation error: A (a); B (b); C',
    });
    expect(problems.count).toBe(3);
  });
});

describe('what zod finds, in our words', () => {
  const schema = z.strictObject({
    rate: z.int().min(8000).max(96000),
    mode: z.enum(['fast', 'good']).optional(),
    name: z.string().min(2).optional(),
    list: z.array(z.object({ gain: z.number().gt(0) })).optional(),
  });
  test.each([
    [{}, ['p.rate: Missing: must be a number']],
    [{ rate: 'x' }, ['p.rate: Must be a number, got the text "x"']],
    [{ rate: 1 }, ['p.rate: Must be at least 8000, got 1']],
    [{ rate: 8000.5 }, ['p.rate: Must be an integer, got 8000.5']],
    [{ rate: 8000, mode: 'bad' }, ['p.mode: Must be "fast" or "good", got the text "bad"']],
    [{ rate: 8000, name: 'x' }, ['p.name: Must be at least 2 characters, got the text "x"']],
    [{ rate: 8000, list: [{ gain: 0 }] }, ['p.list[0].gain: Must be more than 0, got 0']],
    [{ rate: 8000, raet: 1, x: 2 }, ["p.raet: Unknown key 'raet'; did you mean 'rate'?", "p.x: Unknown key 'x'"]],
  ])('%j', (input, expected) => {
    const parsed = schema.safeParse(input);
    const problems = parsed.success ? [] : zodProblems(parsed.error, input, 'p', () => Object.keys(schema.shape));
    expect(problems.map(({ path, message }) => `${path}: ${message}`)).toEqual(expected);
  });
});

test('places and values as they are written', () => {
  expect([joinPath('', 'a'), joinPath('a', 0), joinPath('a', 'b-c'), joinPath('a', '')]).toEqual([
    'a',
    'a[0]',
    'a["b-c"]',
    'a[""]',
  ]);
  expect([describeValue([]), describeValue(null), describeValue('x'.repeat(100)).length]).toEqual([
    'a list',
    'null',
    72,
  ]);
  expect(quoteBytes(new Uint8Array(40))).toBe(`bytes ${Array<string>(24).fill('00').join(' ')} …`);
});
