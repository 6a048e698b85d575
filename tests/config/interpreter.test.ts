import { chmod, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { failureOf, WireClient } from '../harness/client.js';
import { chainOf, textOf } from '../harness/messages.js';
import { leftovers, NOTHING_LEFT, startTestService, type TestService } from '../harness/service.js';
import { NODES } from './test-rows.js';
import { addSdk, makeVenv, packagesOf } from './venv.js';

let folder: string;
let venv: string;
let running: TestService;
let client: WireClient;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rm-interpreter-'));
  venv = join(folder, 'env');
  await makeVenv(venv);
});

afterAll(() => rm(folder, { recursive: true }));

async function start(python: Readonly<Record<string, unknown>>): Promise<void> {
  const config = { multiprocess: { python: { extra_paths: [NODES], ...python } } };
  running = await startTestService({}, { config, baseDirectory: folder });
  client = new WireClient(running.address);
}

afterEach(async () => {
  expect(await leftovers(running)).toEqual(NOTHING_LEFT);
  client.close();
  await running.close();
});

const call = (multiprocess = {}) =>
  client.execute({ manifest: chainOf({ a: 'WhereNode' }, multiprocess), data_inputs: { a: textOf('') } });

/** The service starts, says what is wrong, and each session that needs Python gets the same command. */
async function expectUnusable(reason: RegExp, command: string): Promise<void> {
  expect(await running.logged('No Python node can be used')).toMatch(reason);
  expect(running.log.join('')).toContain(command);
  const failure = await failureOf(call());
  expect(failure).toMatchObject({ code: 'process.spawn_failed', status: 9 });
  expect(failure.message).toMatch(reason);
  expect(failure.hint).toContain(command);
  // What needs no Python runs.
  const native = client.execute({ manifest: chainOf({ a: 'PassThrough' }), data_inputs: { a: textOf('') } });
  expect(await native).toMatchObject({ status: 'SUCCESS' });
}

/** Says that it is an older Python, as one would. */
async function oldPython(): Promise<string> {
  const path = join(folder, 'python2');
  const answer = { executable: path, version: '2.7.18', sdk: null, file: null, pip: false, error: null };
  await writeFile(path, `#!/bin/sh\necho '${JSON.stringify(answer)}' >&3\n`);
  await chmod(path, 0o755);
  return path;
}

/** Real ones that are too old, where the machine has any; the oldest first. */
async function realOldPythons(): Promise<string[]> {
  const versions = join(homedir(), '.pyenv/versions');
  const names = await readdir(versions).catch(() => []);
  return names
    .filter((name) => /^(2\.|3\.\d\.|3\.10\.)/.test(name))
    .sort()
    .map((name) => join(versions, name, 'bin/python'));
}

describe('an interpreter that cannot run nodes', () => {
  it('is missing', async () => {
    await start({ venv_path: 'nowhere' });
    const path = join(folder, 'nowhere');
    await expectUnusable(
      /venv_path in runtime\.toml \(.*nowhere.bin.python\): could not be started/,
      `python3 -m venv ${path} && ${path}/bin/python -m pip install remotemedia-sdk`,
    );
  });

  it('has no SDK', async () => {
    await start({ venv_path: './env' });
    await expectUnusable(
      /Python 3\.[\d.]+: ModuleNotFoundError: No module named 'remotemedia'/,
      `Run: ${venv}/bin/python -m ensurepip && ${venv}/bin/python -m pip install remotemedia-sdk`,
    );
  });

  it('has an SDK of another version', async () => {
    const other = join(folder, 'other');
    await makeVenv(other);
    await writeFile(join(await packagesOf(other), 'remotemedia.py'), '__version__ = "7.3.1"\n');
    await start({ executable: './other/bin/python' });
    await expectUnusable(
      /has version 7\.3\.1 of the SDK, and the service is \d+\.\d+\.\d+/,
      `${other}/bin/python -m pip install 'remotemedia-sdk==0.1.*'`,
    );
  });

  it('is too old', async () => {
    const [old] = await realOldPythons();
    await start({ executable: old ?? (await oldPython()) });
    await expectUnusable(
      /Python [23]\.[\d.]+ is too old; nodes need 3\.11 or newer/,
      'python3 -m venv .venv && .venv/bin/python -m pip install remotemedia-sdk',
    );
  });

  it('is old, in words that any Python can say', async () => {
    await start({ executable: await oldPython() });
    await expectUnusable(/Python 2\.7\.18 is too old/, 'With Python 3.11 or newer, run: ');
  });
});

describe('an interpreter that a manifest names', () => {
  it('is refused with the command while it cannot run nodes, and taken once it can', async () => {
    const named = join(folder, 'named');
    await makeVenv(named);
    await start({ allowed_executables: ['./named/bin/python'] });
    const asked = { python_executable: `${named}/bin/./python` };
    expect(await failureOf(call(asked))).toMatchObject({
      code: 'process.spawn_failed',
      hint: expect.stringContaining(`${named}/bin/python -m pip install remotemedia-sdk`),
    });
    await addSdk(named);
    expect(await call(asked)).toMatchObject({ status: 'SUCCESS' });
    await rm(named, { recursive: true });
    expect(await failureOf(call(asked))).toMatchObject({ code: 'process.spawn_failed' });
    expect(await call()).toMatchObject({ status: 'SUCCESS' });
  });

  it('may not be any other, however it is spelled', async () => {
    await start({ allowed_executables: ['./env/bin/python'] });
    for (const python_executable of ['/bin/sh', './env/bin/python/../../../../bin/sh', 'sh', '../env/bin/python']) {
      const failure = await failureOf(call({ python_executable }));
      expect(failure).toMatchObject({ code: 'manifest.invalid', hint: expect.stringContaining('allowed_executables') });
    }
  });
});

describe("the service's interpreter, when it changes under a running service", () => {
  it('vanishes and comes back', async () => {
    const moving = join(folder, 'moving');
    await makeVenv(moving);
    await addSdk(moving);
    await start({ venv_path: 'moving' });
    expect(await call()).toMatchObject({ status: 'SUCCESS' });
    await rename(moving, `${moving}-away`);
    const failure = await failureOf(call());
    expect(failure).toMatchObject({
      code: 'process.spawn_failed',
      hint: expect.stringContaining(`python3 -m venv ${moving} &&`),
    });
    expect(failure.message).toContain('cannot run nodes: could not be started');
    await rename(`${moving}-away`, moving);
    expect(await call()).toMatchObject({ status: 'SUCCESS' });
  });
});
