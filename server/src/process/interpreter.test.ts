import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PYTHON } from './fixtures/harness.js';
import { chooseInterpreter, type InterpreterOptions, inspectInterpreter } from './interpreter.js';

let base: string;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'rm-interpreter-'));
});

afterEach(() => rmSync(base, { recursive: true }));

/** Writes a file below the base directory and returns its path. */
function write(path: string, text: string, mode = 0o644): string {
  const file = join(base, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}

/** A program that stands before Python as a version manager's shim does; it finds a `remotemedia` of this version. */
function python(path: string, sdkVersion: string): void {
  write(`sdk-${sdkVersion}/remotemedia/__init__.py`, `__version__ = "${sdkVersion}"\n`);
  program(path, `PYTHONPATH='${join(base, `sdk-${sdkVersion}`)}' exec '${PYTHON}' -S "$@"`);
}

function program(path: string, line: string): void {
  write(path, `#!/bin/sh\n${line}\n`, 0o755);
}

function options(overrides: Partial<InterpreterOptions> = {}): InterpreterOptions {
  return {
    venvPath: null,
    executable: null,
    serviceVersion: null,
    baseDirectory: base,
    env: { PATH: join(base, 'path') },
    setupVenv: join(base, 'setup'),
    ...overrides,
  };
}

describe('an interpreter that runtime.toml names', () => {
  it('is that of venv_path before executable, seen from the directory of the file', async () => {
    python('env/bin/python', '1.0');
    python('path/python', '2.0');
    const both = await chooseInterpreter(options({ venvPath: 'env', executable: 'python' }));
    expect(both).toMatchObject({
      interpreter: { executable: PYTHON, sdkVersion: '1.0', origin: 'venv_path in runtime.toml' },
      rejected: [],
    });
    expect(both.interpreter.version).toMatch(/^3\.\d+\.\d+$/);
    const one = await chooseInterpreter(options({ executable: 'python' }));
    expect(one.interpreter.sdkVersion).toBe('2.0');
  });

  it('may be a path, relative or absolute', async () => {
    python('tools/py', '1.0');
    for (const executable of ['./tools/py', join(base, 'tools/py')]) {
      expect((await chooseInterpreter(options({ executable }))).interpreter.sdkVersion).toBe('1.0');
    }
  });

  it('is found in an environment of the Windows layout', async () => {
    python('env/Scripts/python.exe', '1.0');
    expect((await chooseInterpreter(options({ venvPath: 'env' }))).interpreter.sdkVersion).toBe('1.0');
  });

  it('gives way to the other one that is named, and its failure is told', async () => {
    python('path/python', '2.0');
    const { interpreter, rejected } = await chooseInterpreter(options({ venvPath: '.venv', executable: 'python' }));
    expect(interpreter.sdkVersion).toBe('2.0');
    expect(rejected).toMatchObject([
      {
        origin: 'venv_path in runtime.toml',
        command: join(base, '.venv/bin/python'),
        reason: expect.stringContaining('ENOENT'),
      },
    ]);
  });

  it('never gives way to one that is not named', async () => {
    python('path/python', '2.0');
    program('env/bin/python', `exec '${PYTHON}' -S -I "$@"`);
    const choice = chooseInterpreter(options({ venvPath: 'env' }));
    await expect(choice).rejects.toMatchObject({
      code: 'process.spawn_failed',
      message: expect.stringContaining("ModuleNotFoundError: No module named 'remotemedia'"),
    });
  });
});

describe('where runtime.toml names none', () => {
  it.each([
    ['VIRTUAL_ENV', ['active/bin/python', 'setup/bin/python', 'path/python', 'path/python3']],
    ['the environment of the set-up', ['setup/bin/python', 'path/python', 'path/python3']],
    ['python on the PATH', ['path/python', 'path/python3']],
    ['python3 on the PATH', ['path/python3']],
  ])('the first with the SDK is %s', async (origin, present) => {
    for (const path of present) python(path, '1.0');
    const env = { PATH: join(base, 'path'), VIRTUAL_ENV: join(base, 'active') };
    expect((await chooseInterpreter(options({ env }))).interpreter.origin).toBe(origin);
  });

  it('lists everything that was tried when none has it', async () => {
    program('active/bin/python', 'echo broken installation >&2; exit 3');
    program('setup/bin/python', 'exec sleep 60');
    program('path/python', `exec '${PYTHON}' -S -I "$@"`);
    const env = { PATH: `${join(base, 'path')}:/usr/bin:/bin`, VIRTUAL_ENV: join(base, 'active') };
    write('remotemedia/readme.txt', 'a folder of this name is not the SDK');
    program('path/python3', `exec '${PYTHON}' -S "$@"`);
    const error: unknown = await chooseInterpreter(options({ env, timeoutMs: 2000 })).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({
      code: 'process.spawn_failed',
      hint: `Run: ${PYTHON} -m ensurepip && ${PYTHON} -m pip install remotemedia-sdk`,
    });
    const { message } = error as Error;
    expect(message).toMatch(/VIRTUAL_ENV \(.*\): exited with code 3 without an answer: broken installation/);
    expect(message).toMatch(/the environment of the set-up \(.*\): did not answer within 2 s/);
    expect(message).toMatch(/python on the PATH \(python\): Python 3\.[\d.]+: ModuleNotFoundError/);
    expect(message).toMatch(
      /python3 on the PATH \(python3\): Python 3\.[\d.]+: ImportError: No module named 'remotemedia'/,
    );
  });
});

describe('one interpreter asked by name', () => {
  it('is described, or refused with the reason', async () => {
    python('tools/py', '1.0');
    expect(await inspectInterpreter('tools/py', options())).toMatchObject({ executable: PYTHON, sdkVersion: '1.0' });
    await expect(inspectInterpreter('tools/none', options())).rejects.toThrow(
      /tools\/none cannot run nodes: could not be/,
    );
  });
});
