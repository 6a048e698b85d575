import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FIXTURE_NODES } from '../harness/service.js';
import { Machine } from './machine.js';

const COMMAND = fileURLToPath(new URL('../../cli/bin/remotemedia.mjs', import.meta.url));

interface Check {
  readonly name: string;
  readonly status: 'ok' | 'warn' | 'fail';
  readonly message: string;
  readonly remedy: string | null;
  readonly details: readonly string[];
}

let machine: Machine;

beforeAll(async () => {
  machine = await Machine.create();
});

afterAll(() => machine.close());

/** Runs `doctor --json`; the exit code must agree with what it found. */
async function doctor(...args: string[]): Promise<readonly Check[]> {
  const { exitCode, stdout } = await machine.run('doctor', '--json', '--port', '0', ...args);
  const { ok, checks } = JSON.parse(stdout) as { ok: boolean; checks: Check[] };
  expect(ok).toBe(!checks.some(({ status }) => status === 'fail'));
  expect(exitCode).toBe(ok ? 0 : 1);
  return checks;
}

function find(checks: readonly Check[], name: string): Check {
  const check = checks.find((each) => each.name === name);
  if (check === undefined) throw new Error(`no check ${name} in ${checks.map((each) => each.name).join(', ')}`);
  return check;
}

async function withSettings(name: string, text: string): Promise<readonly Check[]> {
  await writeFile(join(machine.folder, name), text);
  return await doctor('--config', name);
}

describe('doctor', () => {
  test('finds nothing wrong with a machine that tests run on', async () => {
    const checks = await doctor('--config', 'runtime.toml');
    expect(checks.filter(({ status }) => status === 'fail')).toEqual([]);
    expect(find(checks, 'channel').message).toMatch(/^iceoryx2 \d+\.\d+\.\d+, build [0-9a-f]{16}$/);
    expect(find(checks, 'channel of Python')).toMatchObject({ status: 'ok' });
    expect(find(checks, 'interpreter').message).toMatch(/^Python 3\.\d+\.\d+ with SDK \d/);
    expect(find(checks, 'node modules').message).toMatch(/^[1-9]\d* Python node types$/);
    const text = await machine.run('doctor', '--port', '0');
    expect(text.stdout).toMatch(/^ok {4}node +Node\.js \d/m);
    expect(text.stdout).toMatch(/\n\n\d+ ok, \d+ warnings, 0 failures\n$/);
  });

  test('an interpreter that is not there', async () => {
    const checks = await withSettings('missing.toml', '[multiprocess.python]\nexecutable = "/no/such/python"\n');
    const check = find(checks, 'interpreter');
    expect(check.status).toBe('fail');
    expect(check.message).toContain('/no/such/python');
    expect(check.remedy).toContain('-m venv');
  });

  test('an interpreter without the SDK', async () => {
    // `-S -E` leave out the packages of the environment.
    const bare = join(machine.folder, 'bare-python');
    await writeFile(bare, `#!/bin/sh\nexec "${process.cwd()}/.venv/bin/python" -S -E "$@"\n`);
    await chmod(bare, 0o755);
    const checks = await withSettings('bare.toml', `[multiprocess.python]\nexecutable = "${bare}"\n`);
    const check = find(checks, 'interpreter');
    expect(check.status).toBe('fail');
    expect(check.message).toContain("No module named 'remotemedia'");
    expect(check.remedy).toContain('-m pip install');
  });

  test('a module that cannot be imported, by name and with its traceback', async () => {
    const folder = join(FIXTURE_NODES, 'import-error');
    const checks = await withSettings('module.toml', `[multiprocess.python]\nextra_paths = ["${folder}"]\n`);
    const check = find(checks, 'node modules');
    expect(check.status).toBe('fail');
    expect(check.message).toContain('needs_missing_module could not be imported: ModuleNotFoundError');
    expect(check.details.join('\n')).toContain('import a_library_that_is_not_installed');
  });

  test('a setting that is wrong, while everything else is still looked at', async () => {
    const checks = await withSettings('wrong.toml', '[multiprocess]\nchanel_capacity = 5\ninit_timeout_secs = 0\n');
    const check = find(checks, 'configuration');
    expect(check.status).toBe('fail');
    expect([check.message, ...check.details].join('\n')).toContain("did you mean 'channel_capacity'?");
    expect(find(checks, 'interpreter').status).toBe('ok');
  });

  test('a port that another program has', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const check = find(await doctor('--port', String(port)), 'port');
    server.close();
    expect(check).toMatchObject({ status: 'fail', message: `127.0.0.1:${port} is taken by another program` });
    expect(check.remedy).toContain(`sport = :${port}`);
  });

  test('a port that a service of this user has is in order', async () => {
    const other = await Machine.create();
    const { address } = await other.serve();
    const { stdout } = await other.run('doctor', '--port', address.split(':')[1] ?? '');
    expect(stdout).toMatch(new RegExp(`^ok +port +a service of yours listens on ${address}$`, 'm'));
    await other.close();
  });

  test('too few open files', async () => {
    const args = [COMMAND, 'doctor', '--json', '--port', '0'];
    const shell = spawn('sh', ['-c', 'ulimit -n 150; exec "$0" "$@"', process.execPath, ...args], {
      env: { ...process.env, REMOTEMEDIA_RUNTIME_DIR: machine.runtimeDirectory },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let stdout = '';
    shell.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    const [exitCode] = (await once(shell, 'close')) as [number];
    expect(exitCode).toBe(1);
    const check = find((JSON.parse(stdout) as { checks: Check[] }).checks, 'open files');
    expect(check.status).toBe('fail');
    expect(check.message).toContain('only 150 allowed');
    expect(check.remedy).toContain('ulimit -n');
  });

  test('a runtime directory that is open to others, is none, or has too long a name', async () => {
    const open = join(machine.folder, 'open');
    await mkdir(open);
    await chmod(open, 0o755);
    const env = (path: string) => ({ REMOTEMEDIA_RUNTIME_DIR: path });
    const warned = await machine.runWith(env(open), 'doctor', '--port', '0');
    expect(warned.stdout).toMatch(/^warn {2}runtime directory +\S+ is open to others \(mode 755\)\n +fix: chmod 700 /m);
    const file = await machine.runWith(env(join(machine.folder, 'runtime.toml')), 'doctor', '--port', '0');
    expect(file.exitCode).toBe(1);
    expect(file.stdout).toMatch(/^FAIL {2}runtime directory +\S+ is no folder/m);
    const long = await machine.runWith(env(`/tmp/${'x'.repeat(90)}`), 'doctor', '--port', '0');
    expect(long.exitCode).toBe(1);
    expect(long.stdout).toMatch(/^FAIL {2}runtime directory +\S+ has 95 bytes; 80 are allowed/m);
  });
});
