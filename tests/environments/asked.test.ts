import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Gap } from '@remotemedia/contract';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { packagesOf } from '../config/venv.js';
import { leftovers, NOTHING_LEFT, type TestService } from '../harness/service.js';
import { Bed, factsOf } from './bed.js';

const QUESTION = '-c';
const PROBE = '-m remotemedia.probe';

let bed: Bed;
let running: TestService | null = null;

beforeEach(async () => {
  bed = await Bed.create();
});

afterEach(async () => {
  if (running !== null) {
    expect(await leftovers(running)).toEqual(NOTHING_LEFT);
    await running.close();
  }
  running = null;
  await bed.close();
});

async function serve(): Promise<TestService> {
  running = await bed.service();
  return running;
}

/** Lets every start of an environment's Python leave a line, which says what it was started for; the answer reads them. */
async function watchStarts(environment: string): Promise<() => Promise<string[]>> {
  const packages = await packagesOf(environment);
  const file = join(environment, 'starts');
  // A module, because Python may read one .pth file twice. Of `-c` the rest is left out: the text of a question is long.
  await writeFile(join(packages, 'starts.pth'), 'import note_start\n');
  await writeFile(
    join(packages, 'note_start.py'),
    `import sys
kind = sys.orig_argv[1:3] if sys.orig_argv[1] == "-m" else sys.orig_argv[1:2]
with open(${JSON.stringify(file)}, "a") as starts:
    print(*kind, file=starts)
`,
  );
  return async () => {
    const text = await readFile(file, 'utf8').catch(() => '');
    return text.split('\n').filter(Boolean);
  };
}

async function gapsOf({ service }: TestService, type: string): Promise<readonly Gap[] | undefined> {
  const nodes = await service.python.nodesWithGaps();
  return nodes.find((node) => node.type === type)?.requirements.gaps;
}

const LACKS_PACKAGE = [expect.objectContaining({ kind: 'package' })];

test('no environment is asked when a service starts, and each once for all who want to know at the same time', async () => {
  const starts = await Promise.all(
    ['TinyNode', 'PlainNode'].map(async (type) => await watchStarts(await bed.fakeInstallation(type))),
  );
  const service = await serve();
  const read = (): Promise<string[][]> => Promise.all(starts.map((each) => each()));
  expect(await read()).toEqual([[], []]);
  const asked = ['TinyNode', 'TinyNode', 'PlainNode', 'TinyNode'].map((type) => gapsOf(service, type));
  expect(await Promise.all(asked)).toEqual([LACKS_PACKAGE, LACKS_PACKAGE, [], LACKS_PACKAGE]);
  expect(await read()).toEqual([
    [QUESTION, PROBE],
    [QUESTION, PROBE],
  ]);
});

test('a later question is told what came since, and what was mended', async () => {
  const path = await bed.fakeInstallation('TinyNode');
  const service = await serve();
  await rename(join(path, 'bin'), join(path, 'away'));
  expect(await gapsOf(service, 'TinyNode')).toEqual([expect.objectContaining({ kind: 'interpreter' })]);
  await rename(join(path, 'away'), join(path, 'bin'));
  expect(await gapsOf(service, 'TinyNode')).toEqual(LACKS_PACKAGE);
  await writeFile(join(await packagesOf(path), 'inflection.py'), '');
  expect(await gapsOf(service, 'TinyNode')).toEqual([]);
});

test('nodes that start together ask their environment once whether it is fit', async () => {
  const starts = await watchStarts(await bed.fakeInstallation('PlainNode'));
  const service = await serve();
  expect(await factsOf(service, ['PlainNode', 'PlainNode', 'PlainNode'])).toHaveLength(3);
  expect((await starts()).filter((each) => each === QUESTION)).toEqual([QUESTION]);
});
