import { expect, test } from 'vitest';
import { ROOT } from '../command.mjs';
import { importProblems, readSources } from './imports.mjs';

/** @param {Record<string, string>} files */
const problemsOf = (files) => importProblems(new Map(Object.entries(files)));

test('the repository imports only in the direction of the house', () => {
  expect(importProblems(readSources(ROOT))).toEqual([]);
});

test('an import along an arrow is accepted', () => {
  const problems = problemsOf({
    'server/src/session/a.ts': "import { b } from '../nodes/b.js';\nimport { c } from '@remotemedia/contract';",
    'server/src/nodes/b.ts': "import fs from 'node:fs';\nexport const b = fs;",
    'contract/src/index.ts': "import { z } from 'zod';\nexport const c = z;",
  });
  expect(problems).toEqual([]);
});

test('an import against an arrow is named with both folders', () => {
  const problems = problemsOf({ 'server/src/nodes/a.ts': "import type { B } from '../process/b.js';" });
  expect(problems).toEqual([
    'server/src/nodes/a.ts: server/src/nodes/ may not import server/src/process/ (../process/b.js)',
  ]);
});

test('a part may not import the files that put the parts together', () => {
  const problems = problemsOf({ 'server/src/session/a.ts': "import { start } from '../service.js';" });
  expect(problems).toHaveLength(1);
});

test('a dynamic import and a re-export count like any other', () => {
  const problems = problemsOf({
    'client/src/a.ts': "export * from '@remotemedia/server';",
    'contract/src/b.ts': "export const b = import('@remotemedia/client');",
  });
  expect(problems).toHaveLength(2);
});

test('another package is imported by its name, never by path', () => {
  const problems = problemsOf({ 'cli/src/a.ts': "import { b } from '../../client/src/b.js';" });
  expect(problems[0]).toContain('reaches into another package by path');
});

test('the contract takes nothing that a browser lacks', () => {
  const problems = problemsOf({ 'contract/src/a.ts': "import { readFileSync } from 'node:fs';" });
  expect(problems[0]).toContain('has no node:fs');
});

test('a cycle is shown as the path that closes it', () => {
  const problems = problemsOf({
    'server/src/nodes/a.ts': "import './b.js';",
    'server/src/nodes/b.ts': "import './c.js';",
    'server/src/nodes/c.ts': "import './b.js';",
  });
  expect(problems).toEqual(['import cycle: server/src/nodes/b.ts → server/src/nodes/c.ts → server/src/nodes/b.ts']);
});

test('an import of types alone makes no cycle, one that also takes a value does', () => {
  const cycle = (/** @type {string} */ back) =>
    problemsOf({ 'server/src/nodes/a.ts': "import { b } from './b.js';", 'server/src/nodes/b.ts': back });
  expect(cycle("import type { A } from './a.js';")).toEqual([]);
  expect(cycle("import { type A, a } from './a.js';")).toHaveLength(1);
});
