import { readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { addSdk, makeVenv, packagesOf } from '../config/venv.js';
import { leftovers, NOTHING_LEFT, type TestService } from '../harness/service.js';
import { Bed, factsOf, failureIn } from './bed.js';

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

async function venvWithSdk(name: string): Promise<string> {
  const path = join(bed.folder, name);
  await makeVenv(path);
  await addSdk(path);
  return path;
}

const gapsOf = async ({ service }: TestService, type: string) =>
  (await service.python.nodesWithGaps()).find((node) => node.type === type)?.requirements.gaps;

describe('the Python of a node type', () => {
  test('is the environment that was installed for it, for no other type', async () => {
    const path = await bed.fakeInstallation('PlainNode');
    const [plain, other] = await factsOf(await serve(), ['PlainNode', 'WhereElseNode']);
    expect(plain?.prefix).toBe(path);
    expect(other?.prefix).not.toBe(path);
  });

  test('is what runtime.toml says before what was installed, whether it names the type or an alias', async () => {
    await bed.fakeInstallation('PlainNode');
    const named = await venvWithSdk('named');
    const other = await venvWithSdk('other');
    await bed.configure(
      '[multiprocess.nodes.Plain]\nvenv_path = "named"\n[multiprocess.nodes.WhereElseNode]\npython_executable = "./other/bin/python"\n',
    );
    const facts = await factsOf(await serve(), ['PlainNode', 'WhereElseNode', 'Plain']);
    expect(facts.map(({ prefix }) => prefix)).toEqual([named, other, named]);
  });

  test("is what the manifest chose before what was installed, but not before runtime.toml's", async () => {
    await bed.fakeInstallation('PlainNode');
    const named = await venvWithSdk('named');
    const chosen = await venvWithSdk('chosen');
    await bed.configure(
      '[multiprocess]\npython_allowed_executables = ["./chosen/bin/python"]\n[multiprocess.nodes.WhereElseNode]\nvenv_path = "named"\n',
    );
    const wanted = { python_executable: join(chosen, 'bin/python') };
    const facts = await factsOf(await serve(), ['PlainNode', 'WhereElseNode'], wanted);
    expect(facts.map(({ prefix }) => prefix)).toEqual([chosen, named]);
  });

  test('comes and goes while the service runs', async () => {
    const service = await serve();
    const prefixOf = async (): Promise<string | undefined> => (await factsOf(service, ['PlainNode']))[0]?.prefix;
    const own = await prefixOf();
    const path = await bed.fakeInstallation('PlainNode');
    expect(await prefixOf()).toBe(path);
    await rename(path, `${path}-away`);
    expect(await prefixOf()).toBe(own);
  });

  test('tells what the type lacks there', async () => {
    const path = await bed.fakeInstallation('TinyNode');
    const service = await serve();
    expect(await gapsOf(service, 'TinyNode')).toEqual([expect.objectContaining({ kind: 'package' })]);
    await writeFile(join(await packagesOf(path), 'inflection.py'), '');
    expect(await factsOf(service, ['TinyNode'])).toEqual([expect.objectContaining({ prefix: path })]);
    await service.close();
    expect(await gapsOf(await serve(), 'TinyNode')).toEqual([]);
  });
});

describe('an environment that cannot be used is told with the command that mends it', () => {
  const cases: readonly [string, RegExp, (path: string) => Promise<unknown>][] = [
    ['is half installed', /half installed: it has no/, (path) => rm(join(path, 'remotemedia-environment.json'))],
    ['has a broken record', /cannot be read/, (path) => writeFile(join(path, 'remotemedia-environment.json'), '{')],
    ['has no Python', /could not be started/, (path) => rm(join(path, 'bin'), { recursive: true })],
    ['has an SDK of another version', /version 7\.3\.1 of the SDK/, withOtherSdk],
  ];

  test.each(cases)('%s', async (_, reason, damage) => {
    const path = await bed.fakeInstallation('PlainNode');
    await damage(path);
    const service = await serve();
    const command = 'remotemedia nodes install PlainNode --force';
    const failure = await failureIn(service, 'PlainNode');
    expect(failure).toMatchObject({ message: expect.stringMatching(reason), hint: expect.stringContaining(command) });
    expect(await gapsOf(service, 'PlainNode')).toEqual([
      { kind: 'interpreter', what: expect.stringMatching(reason), remedy: command },
    ]);
    // The others run.
    expect(await factsOf(service, ['WhereElseNode'])).toHaveLength(1);
    const doctor = await bed.run('doctor', '--config', 'runtime.toml', '--port', '0', '--json');
    expect(doctor.exitCode).toBe(1);
    const { checks } = JSON.parse(doctor.stdout) as { checks: { name: string }[] };
    expect(checks.find(({ name }) => name === 'environments')).toMatchObject({
      status: 'fail',
      message: expect.stringMatching(reason),
      remedy: command,
    });
  });
});

async function withOtherSdk(path: string): Promise<void> {
  const packages = await packagesOf(path);
  for (const name of await readdir(packages)) if (name.endsWith('.pth')) await rm(join(packages, name));
  await writeFile(join(packages, 'remotemedia.py'), '__version__ = "7.3.1"\n');
}

describe('doctor', () => {
  test('shows environments that are in order, and those of types that are gone', async () => {
    await bed.fakeInstallation('PlainNode');
    await bed.fakeInstallation('GoneNode');
    const { stdout } = await bed.run('doctor', '--config', 'runtime.toml', '--port', '0');
    expect(stdout).toMatch(/^ok +environments +PlainNode: Python 3\.\S+ with SDK \S+, 0 packages, made 2026-01-31T/m);
    expect(stdout).toMatch(/^warn +environments +GoneNode: .*\n +fix: remotemedia nodes uninstall GoneNode$/m);
  });
});

test('a table of a type that is not there, or that has another table, is warned of', async () => {
  await bed.configure('[multiprocess.nodes.NoNode]\n[multiprocess.nodes.Plain]\n[multiprocess.nodes.PlainNode]\n');
  const service = await serve();
  expect(await service.logged('[multiprocess.nodes.NoNode]')).toContain('there is no Python node type of that name');
  expect(await service.logged('[multiprocess.nodes.Plain]')).toContain('it is PlainNode, which has a table of its own');
});

test('config explain shows the tables of node types, with whole paths', async () => {
  await bed.configure('[multiprocess.nodes.PlainNode]\nvenv_path = "named"\nrequirements = []\n');
  const { stdout } = await bed.run('config', 'explain');
  expect(stdout).toContain(`multiprocess.nodes.PlainNode.venv_path`);
  expect(stdout).toContain(join(bed.folder, 'named'));
  expect(stdout).toMatch(/^multiprocess\.nodes\.PlainNode\.requirements +\[\] +runtime\.toml$/m);
});
