import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Command } from '../cli/command.js';

const TOML = `
[multiprocess]
channel_capacity = 7
init_timeout_secs = 1.5

[multiprocess.python]
venv_path = ".venv"
extra_paths = ["./nodes", "/srv/nodes"]

[native]
modules = ["./gain.mjs", "a-package"]

[limits]
max_shm_segment_size = 4096
media_roots = ["media"]
`;

let folder: string;

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'rm-explain-')));
  await mkdir(join(folder, 'empty'));
  await writeFile(join(folder, 'runtime.toml'), TOML);
  const manifest = (multiprocess: object): string =>
    JSON.stringify({
      version: 'v1',
      metadata: { name: 'x', multiprocess },
      nodes: [{ id: 'a', node_type: 'PassThrough' }],
      connections: [],
    });
  await writeFile(
    join(folder, 'fast.json'),
    manifest({ channel_capacity: 9, process_timeout_secs: null, chanel_capacity: 1 }),
  );
  await writeFile(join(folder, 'large.json'), manifest({ shm_segment_size: 5000 }));
  await writeFile(join(folder, 'typo.toml'), '[multiprocess]\nchanel_capacity = 7\n[limits]\nmax_sessions = 0\n');
});

afterAll(() => rm(folder, { recursive: true }));

async function explain(args: readonly string[], cwd = folder) {
  return await new Command(['config', 'explain', ...args], cwd).end();
}

describe('config explain', () => {
  test('reads the runtime.toml of the current folder, and shows every value, its unit and its layer', async () => {
    const { stdout, exitCode } = await explain([]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^SETTING +VALUE +FROM$/m);
    expect(stdout).toMatch(/^multiprocess\.channel_capacity +7 messages +runtime\.toml$/m);
    expect(stdout).toMatch(/^multiprocess\.init_timeout_secs +1\.5 seconds +runtime\.toml$/m);
    expect(stdout).toMatch(/^multiprocess\.python\.executable +none +default$/m);
    expect(stdout).toContain(`runtime.toml: ${join(folder, 'runtime.toml')}\n`);
    // Columns stand below each other.
    const starts = stdout
      .split('\n')
      .filter((line) => /(default|runtime\.toml)$/.test(line) && !line.startsWith('runtime.toml'))
      .map((line) => line.search(/(default|runtime\.toml)$/));
    expect(new Set(starts).size).toBe(1);
  });

  test('says so where there is none', async () => {
    const { stdout } = await explain([], join(folder, 'empty'));
    expect(stdout).toContain('runtime.toml: none\n');
    expect(stdout).not.toContain(' runtime.toml\n');
  });

  test('shows paths as the service uses them, from the folder of the file', async () => {
    const { stdout } = await explain(['--config', '../runtime.toml', '--json'], join(folder, 'empty'));
    const { settings, file } = JSON.parse(stdout) as { settings: { name: string; value: unknown }[]; file: string };
    const settingOf = (name: string): unknown => settings.find((setting) => setting.name === name)?.value;
    expect(file).toBe(join(folder, 'runtime.toml'));
    expect(settingOf('multiprocess.python.venv_path')).toBe(join(folder, '.venv'));
    expect(settingOf('multiprocess.python.extra_paths')).toEqual([join(folder, 'nodes'), '/srv/nodes']);
    expect(settingOf('native.modules')).toEqual([join(folder, 'gain.mjs'), 'a-package']);
    expect(settingOf('limits.media_roots')).toEqual([join(folder, 'media')]);
  });

  test("lays a manifest's settings over the file, and warns of an unknown key", async () => {
    const { stdout, stderr, exitCode } = await explain(['fast.json']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^multiprocess\.channel_capacity +9 messages +manifest$/m);
    expect(stdout).toMatch(/^multiprocess\.process_timeout_secs +0 seconds +manifest$/m);
    expect(stdout).toMatch(/^multiprocess\.init_timeout_secs +1\.5 seconds +runtime\.toml$/m);
    expect(stderr).toMatch(/warning: .*chanel_capacity.*did you mean 'channel_capacity'/);
  });

  test('fails as a session would when a manifest asks for more than a cap', async () => {
    const { stderr, exitCode } = await explain(['large.json']);
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain('shm_segment_size is 5000 (manifest), but limits.max_shm_segment_size allows 4096');
  });

  test('fails with every problem of a file, and what was meant', async () => {
    const { stderr, exitCode } = await explain(['--config', 'typo.toml']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("Unknown key 'chanel_capacity'; did you mean 'channel_capacity'?");
    expect(stderr).toContain('limits.max_sessions');
  });

  test('fails when the file is not there', async () => {
    const { stderr, exitCode } = await explain(['--config', 'none.toml']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('none.toml');
  });
});

describe('the other commands', () => {
  test('take the runtime.toml of the current folder too', async () => {
    const here = join(folder, 'here');
    await mkdir(here);
    await writeFile(join(here, 'runtime.toml'), '[native]\nmodules = ["./none.mjs"]\n');
    for (const args of [
      ['nodes', 'list'],
      ['validate', '../fast.json'],
      ['serve', '--port', '0'],
    ]) {
      const { stderr, exitCode } = await new Command(args, here).end();
      expect({ args, exitCode }).toEqual({ args, exitCode: 2 });
      expect(stderr).toContain('none.mjs');
    }
  });
});
