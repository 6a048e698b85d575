import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** A program with its arguments; never a line for a shell. */
export type CommandLine = readonly [program: string, ...args: string[]];

/** What makes environments and installs packages. */
export interface Installer {
  readonly name: 'uv' | 'pip';
  /** Makes an environment at a path; the shells that activate it show its name. */
  create(python: string, path: string, name: string): CommandLine;
  /** Installs into the environment of a Python. */
  install(python: string, args: readonly string[]): CommandLine;
  /** Lists what is installed there, as `name==version` lines. */
  freeze(python: string): CommandLine;
}

/** uv where it is on the PATH, which is much faster; otherwise Python's own venv and pip. */
export async function findInstaller(env: NodeJS.ProcessEnv): Promise<Installer> {
  for (const folder of (env['PATH'] ?? '').split(delimiter).filter(Boolean)) {
    const program = join(folder, 'uv');
    if (await isExecutable(program)) return uv(program);
  }
  return PIP;
}

function uv(program: string): Installer {
  return {
    name: 'uv',
    create: (python, path, name) => [
      program,
      'venv',
      ...['--no-python-downloads', '--prompt', name, '--python', python, path],
    ],
    install: (python, args) => [program, 'pip', 'install', '--python', python, ...args],
    freeze: (python) => [program, 'pip', 'freeze', '--python', python],
  };
}

// Isolated (-I): what PYTHONPATH names is not installed there, and pip would take it for that.
const PIP_OPTIONS = ['--disable-pip-version-check', '--no-input'];
const PIP: Installer = {
  name: 'pip',
  create: (python, path, name) => [python, '-I', '-m', 'venv', '--prompt', name, path],
  install: (python, args) => [python, '-I', '-m', 'pip', 'install', ...PIP_OPTIONS, ...args],
  freeze: (python) => [python, '-I', '-m', 'pip', 'freeze', ...PIP_OPTIONS],
};

async function isExecutable(path: string): Promise<boolean> {
  return await access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
