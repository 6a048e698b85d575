import type { z } from 'zod';
import type { NewProblem } from './collector.js';
import { describeValue, joinPath } from './describe.js';
import { didYouMean } from './nearest.js';

type Issue = z.core.$ZodIssue;

/**
 * What a zod schema found wrong, in our words and with full paths.
 *
 * @param input the value that was parsed.
 * @param basePath where that value stands, for example `nodes[2].params`.
 * @param knownKeys names of the keys at a place, for "did you mean"; the schema's own when it is an object schema.
 */
export function zodProblems(
  error: z.ZodError,
  input: unknown,
  basePath: string,
  knownKeys: (path: readonly PropertyKey[]) => readonly string[] = () => [],
): NewProblem[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path.reduce<string>(joinPath, basePath);
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        path: joinPath(path, key),
        message: `Unknown key '${key}'${didYouMean(key, knownKeys(issue.path))}`,
      }));
    }
    return [{ path, message: sentenceOf(issue, valueAt(input, issue.path)) }];
  });
}

function sentenceOf(issue: Issue, value: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      return value === undefined
        ? `Missing: must be ${TYPE_WORDS[issue.expected] ?? issue.expected}`
        : `Must be ${TYPE_WORDS[issue.expected] ?? issue.expected}, got ${describeValue(value)}`;
    case 'invalid_value':
      return `Must be ${issue.values.map((allowed) => JSON.stringify(allowed)).join(' or ')}, got ${describeValue(value)}`;
    case 'too_small':
      return `Must be ${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}${unitOf(issue.origin)}, got ${describeValue(value)}`;
    case 'too_big':
      return `Must be ${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}${unitOf(issue.origin)}, got ${describeValue(value)}`;
    default:
      return `${issue.message}, got ${describeValue(value)}`;
  }
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'an integer',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
  null: 'null',
};

function unitOf(origin: string): string {
  return origin === 'string' ? ' characters' : origin === 'array' || origin === 'set' ? ' items' : '';
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) {
      return undefined;
    }
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}
