import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isRemoteMediaError, RemoteMediaError } from '@remotemedia/contract';
import { askInterpreter, type Interpreter, type InterpreterOptions, ofVenv } from '../process/interpreter.js';
import { runProgram } from '../process/run-program.js';
import type { BasePython } from './base-python.js';
import { partialPath, removeAbandoned, removeFolder } from './folders.js';
import type { CommandLine, Installer } from './installer.js';
import { type EnvironmentRecord, writeRecord } from './record.js';
import { relocateScripts } from './relocate.js';
import { interrupted, runLogged } from './run-logged.js';
import { addSdk } from './sdk.js';

/** What an installation is going to do. */
export interface Installation {
  readonly type: string;
  /** Folder of all environments. */
  readonly folder: string;
  readonly base: BasePython;
  readonly installer: Installer;
  /** Everything to install, as pip takes it. */
  readonly requirements: readonly string[];
  /** Names of the weights among it. */
  readonly weights: readonly string[];
  /** The service's own, whose SDK the environment gets. */
  readonly service: Interpreter;
  readonly inspection: InterpreterOptions;
}

export interface InstallHooks {
  /** A step begins. */
  readonly onStep: (text: string) => void;
  /** Interrupts it; nothing is left then. */
  readonly signal: AbortSignal;
}

/** What the SDK itself needs. */
const SDK_REQUIREMENTS = ['numpy>=1.26'];
const HASH = /\s+--hash=/;
const ASK_TIMEOUT_MS = 20_000;

/**
 * Makes the environment of a node type beside its place, and moves it there when it is complete: one that is interrupted does
 * not count, and one that is replaced stays until then.
 *
 * @throws RemoteMediaError `engine.missing` when a step fails, `session.cancelled` when it is interrupted
 */
export async function install(installation: Installation, hooks: InstallHooks): Promise<EnvironmentRecord> {
  const { type, folder } = installation;
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    const hint =
      'Name a folder that this user can write to: environments_path in [multiprocess.python] of runtime.toml.';
    throw new RemoteMediaError('config.invalid', `Environments cannot be made: ${messageOf(cause)}`, { hint, cause });
  });
  await removeAbandoned(folder);
  const path = join(folder, type);
  const partial = partialPath(folder, type);
  // Beside the environment, which must be empty for uv; what a killed program leaves in it goes too.
  const temporary = partialPath(folder, type);
  const logPath = `${path}.install.log`;
  try {
    await mkdir(temporary);
    await writeFile(logPath, '');
    const record = await build(installation, { partial, temporary, logPath, hooks });
    await relocateScripts(partial, path);
    if (hooks.signal.aborted) throw interrupted();
    await replace(path, partial, partialPath(folder, type));
    await rm(logPath, { force: true });
    return record;
  } catch (error) {
    if (hooks.signal.aborted) await rm(logPath, { force: true });
    // A full disk, a folder that may not be written to.
    throw isRemoteMediaError(error) ? error : notMade(type, messageOf(error), error);
  } finally {
    await Promise.all([partial, temporary].map(removeFolder));
  }
}

/** Takes an environment away; what is half removed does not count. */
export async function uninstall(folder: string, type: string): Promise<void> {
  await removeAbandoned(folder);
  const partial = partialPath(folder, type);
  await rename(join(folder, type), partial);
  await removeFolder(partial);
  await rm(`${join(folder, type)}.install.log`, { force: true });
}

interface Workshop {
  readonly partial: string;
  readonly temporary: string;
  readonly logPath: string;
  readonly hooks: InstallHooks;
}

async function build(
  { type, base, installer, requirements, weights, service, inspection }: Installation,
  { partial, temporary, logPath, hooks: { onStep, signal } }: Workshop,
): Promise<EnvironmentRecord> {
  const env = { ...inspection.env, TMPDIR: temporary };
  const cwd = inspection.baseDirectory;
  const run = (what: string, command: CommandLine, hint?: string): Promise<string> =>
    runLogged(command, { what, cwd, env, logPath, signal, hint });
  const candidate = ofVenv(`the environment of ${type}`, partial);
  const python = candidate.command;

  const { executable, version } = base;
  const isSearch = version === null;
  onStep(`Python ${isSearch ? executable : `${version} (${executable})`} with ${installer.name}`);
  const hint = isSearch ? `Install Python ${executable}, or name one with --python.` : undefined;
  await run('Making the environment', installer.create(executable, partial, type), hint);

  const { pinned, others } = sortRequirements(requirements);
  const hashed = join(temporary, 'hashed.txt');
  const constraints = join(temporary, 'constraints.txt');
  await writeFile(hashed, pinned.map((each) => `${each}\n`).join(''));
  await writeFile(constraints, pinned.map((each) => `${each.split(HASH, 1)[0]}\n`).join(''));
  if (pinned.length > 0) {
    onStep(`packages with hashes: ${pinned.map((each) => each.split(HASH, 1)[0]).join(', ')}`);
    const args = ['--require-hashes', '--no-deps', '--requirement', hashed];
    await run(`Installing the packages of ${type}`, installer.install(python, args));
  }
  onStep(`packages: ${others.join(', ')}`);
  // So that no other package brings another version of one that has a hash.
  const args = ['--constraint', constraints, '--', ...others];
  await run(`Installing the packages of ${type}`, installer.install(python, args));
  const packages = (await run('Listing the packages', installer.freeze(python))).split('\n').filter(Boolean);

  onStep(`SDK ${service.sdkVersion ?? ''}`);
  if (service.sdkFile === null) throw notMade(type, "the SDK of the service's interpreter cannot be located");
  await addSdk(service.sdkFile, await packagesOf(python, inspection));
  const answer = await askInterpreter(candidate, inspection);
  if (!('executable' in answer)) throw notMade(type, `its Python cannot run nodes: ${answer.reason}`);
  const record = {
    type,
    python: answer.version,
    sdk: answer.sdkVersion ?? '',
    requirements: [...requirements],
    weights: [...weights],
    packages,
    created_at: new Date().toISOString(),
  };
  await writeRecord(partial, record);
  return record;
}

/** Those with hashes must all have them, so they are installed by themselves. */
function sortRequirements(requirements: readonly string[]): { pinned: string[]; others: string[] } {
  const pinned = requirements.filter((each) => HASH.test(each));
  const others = [...requirements.filter((each) => !HASH.test(each)), ...SDK_REQUIREMENTS];
  return { pinned, others };
}

/** Where the environment of a Python has its packages. */
async function packagesOf(python: string, { baseDirectory, env }: InterpreterOptions): Promise<string> {
  const { answer, ending } = await runProgram({
    command: python,
    args: ['-I', '-c', 'import os, sysconfig; os.write(3, (sysconfig.get_path("purelib") + "\\n").encode())'],
    cwd: baseDirectory,
    env,
    stdin: null,
    timeoutMs: ASK_TIMEOUT_MS,
    maxAnswerBytes: 64 * 1024,
  });
  if (answer === null) throw new RemoteMediaError('engine.missing', `Asking ${python} for its packages: it ${ending}`);
  return answer;
}

function notMade(type: string, why: string, cause?: unknown): RemoteMediaError {
  const hint = 'Mend what the message names; `remotemedia doctor` shows what is wrong with the machine.';
  return new RemoteMediaError('engine.missing', `The environment of ${type} could not be made: ${why}`, {
    hint,
    cause,
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Puts the new environment in the place of the old. A node that runs keeps the files that it has open. */
async function replace(path: string, partial: string, old: string): Promise<void> {
  const had = await rename(path, old).then(
    () => true,
    () => false,
  );
  try {
    await rename(partial, path);
  } catch (error) {
    if (had) await rename(old, path);
    throw error;
  }
  await removeFolder(old);
}
