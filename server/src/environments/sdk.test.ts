import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { addSdk } from './sdk.js';

let from: string;
let to: string;

beforeEach(async () => {
  from = await mkdtemp(join(tmpdir(), 'rm-sdk-'));
  to = await mkdtemp(join(tmpdir(), 'rm-sdk-'));
  await mkdir(join(from, 'remotemedia/__pycache__'), { recursive: true });
  await writeFile(join(from, 'remotemedia/__init__.py'), '__version__ = "0.1.0"');
  await writeFile(join(from, 'remotemedia/__pycache__/x.pyc'), '');
});

afterEach(async () => {
  await rm(from, { recursive: true });
  await rm(to, { recursive: true });
});

const added = async () => (await readdir(to, { recursive: true })).sort();
const file = () => join(from, 'remotemedia/__init__.py');

test('a checkout is linked', async () => {
  await writeFile(join(from, 'pyproject.toml'), '');
  await addSdk(file(), to);
  expect(await readFile(join(to, 'remotemedia-sdk.pth'), 'utf8')).toBe(`${from}\n`);
});

test('an installed package is copied by its record, and nothing that lies outside of the packages', async () => {
  await mkdir(join(from, 'remotemedia_sdk-0.1.0.dist-info'));
  const files = ['remotemedia/__init__.py', 'remotemedia/__pycache__/x.pyc', '../../bin/tool', 'top_pb2.py'];
  const record = 'remotemedia_sdk-0.1.0.dist-info/RECORD';
  await writeFile(join(from, 'top_pb2.py'), '');
  await writeFile(join(from, record), [...files, record].map((name) => `${name},sha256=x,1\n`).join(''));
  await addSdk(file(), to);
  expect(await added()).toEqual([
    'remotemedia',
    'remotemedia/__init__.py',
    'remotemedia_sdk-0.1.0.dist-info',
    record,
    'top_pb2.py',
  ]);
});

test('a package that was never installed is copied', async () => {
  await addSdk(file(), to);
  expect(await added()).toEqual(['remotemedia', 'remotemedia/__init__.py']);
});
