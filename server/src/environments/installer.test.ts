import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findBasePython } from './base-python.js';
import { isFolderName } from './folders.js';
import { findInstaller } from './installer.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rm-installer-'));
});

afterAll(() => rm(folder, { recursive: true }));

/** A program that answers as a Python of some version would. */
async function pretend(name: string, version: string, venv = true): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, `#!/bin/sh\necho '${JSON.stringify({ executable: path, version, venv })}' >&3\n`);
  await chmod(path, 0o755);
  return path;
}

const find = (service: string, atLeast: string, asked: string | null = null, hasUv = false) =>
  findBasePython({ asked, service, atLeast, hasUv, cwd: folder, env: { PATH: folder } });

describe('the Python to make an environment with', () => {
  test("is the service's where that is new enough, else the newest on the PATH that can make one", async () => {
    const service = await pretend('own', '3.11.9');
    await pretend('python3.13', '3.13.0', false);
    const newer = await pretend('python3.12', '3.12.1');
    expect(await find(service, '3.9')).toEqual({ executable: service, version: '3.11.9' });
    expect(await find(service, '3.12')).toEqual({ executable: newer, version: '3.12.1' });
  });

  test('is the one that is asked for or none', async () => {
    const service = await pretend('own', '3.11.9');
    await expect(find(service, '3.12', service)).rejects.toMatchObject({
      code: 'config.invalid',
      message: `The Python of --python cannot be used: ${service}: is 3.11.9`,
    });
  });

  test('is left to uv where none is known, and otherwise every one that was tried is named', async () => {
    const service = await pretend('own', '3.11.9');
    expect(await find(service, '3.14', null, true)).toEqual({ executable: '>=3.14', version: null });
    await expect(find(service, '3.14')).rejects.toMatchObject({
      code: 'engine.missing',
      message: expect.stringMatching(/own: is 3\.11\.9; python3\.13: is 3\.13\.0; .*; python3: could not be started/),
    });
  });
});

describe('the installer', () => {
  test('is pip, isolated and never asking, where uv is not on the PATH', async () => {
    const pip = await findInstaller({ PATH: '/nowhere' });
    expect(pip.name).toBe('pip');
    expect(pip.install('/e/bin/python', ['x'])).toEqual(
      '/e/bin/python -I -m pip install --disable-pip-version-check --no-input x'.split(' '),
    );
  });

  test('is uv where it is, which fetches no Python', async () => {
    const uv = await pretend('uv', '');
    const installer = await findInstaller({ PATH: `/nowhere:${folder}` });
    const args = ['venv', '--no-python-downloads', '--prompt', 'A', '--python', '>=3.12', '/e'];
    expect(installer.create('>=3.12', '/e', 'A')).toEqual([uv, ...args]);
  });
});

test('a node type gives its folder its name, unless that could leave the folder of environments', () => {
  expect(['WhisperNode', 'my-node_2', 'a.b'].every(isFolderName)).toBe(true);
  expect(['', '.', '..', '.hidden', 'a/b', 'a\\b', 'a b', 'A.partial-1-ab', 'a'.repeat(201)].some(isFolderName)).toBe(
    false,
  );
});
