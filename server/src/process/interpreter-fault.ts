import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Oldest Python that the SDK runs on. */
const OLDEST = [3, 11] as const;
const SDK = 'remotemedia-sdk';

/** A program that was asked whether it can run nodes. */
export interface InterpreterCandidate {
  /** Who named it: `venv_path in runtime.toml`, `VIRTUAL_ENV`, … */
  readonly origin: string;
  /** Path or name, as it is tried. */
  readonly command: string;
  /** The virtual environment it belongs to; null: none, or none that is known. */
  readonly venv: string | null;
}

/** What an interpreter says about itself. */
export interface InterpreterAnswer {
  /** Its `sys.executable`. */
  readonly executable: string;
  readonly version: string;
  /** Version of its SDK; null when that says none. */
  readonly sdk: string | null;
  /** Where its SDK is; null when that cannot be told. */
  readonly file: string | null;
  /** Whether it has pip. */
  readonly pip: boolean;
  /** Why it cannot import the SDK; null: it can. */
  readonly error: string | null;
}

/** Why an interpreter cannot run nodes, and what to do about it. */
export interface InterpreterFault {
  /** A clause: `Python 3.8.18 is too old`, `could not be started: …`. */
  readonly reason: string;
  /** A sentence with the command that helps. */
  readonly remedy: string;
  /** Whether an installation is enough, which is more likely to be what the user wants than another interpreter. */
  readonly installable: boolean;
}

/** A program that gave no answer at all; `reason` says how it ended. */
export function faultOfSilence(candidate: InterpreterCandidate, reason: string, missing: boolean): InterpreterFault {
  if (missing) return { reason, remedy: newEnvironment(candidate), installable: false };
  const remedy = `See what it says: ${quoted(candidate.command)} -c 'import remotemedia'`;
  return { reason, remedy, installable: false };
}

/**
 * What is wrong with an interpreter that answered; null: nothing.
 *
 * @param serviceVersion its SDK must be of the same major and minor version; null: any will do.
 */
export function faultOfAnswer(
  candidate: InterpreterCandidate,
  answer: InterpreterAnswer,
  serviceVersion: string | null,
): InterpreterFault | null {
  const { version, error, sdk } = answer;
  if (isTooOld(version)) {
    const reason = `Python ${version} is too old; nodes need ${OLDEST.join('.')} or newer`;
    return { reason, remedy: newEnvironment(candidate), installable: false };
  }
  if (error !== null) {
    const isAbsent = error.endsWith("No module named 'remotemedia'");
    const what = isAbsent ? SDK : `--force-reinstall ${SDK}`;
    return { reason: `Python ${version}: ${error}`, remedy: pipInstall(answer, what), installable: true };
  }
  if (serviceVersion === null || seriesOf(sdk ?? '') === seriesOf(serviceVersion)) return null;
  return {
    reason: `Python ${version} has version ${sdk ?? 'unknown'} of the SDK, and the service is ${serviceVersion}`,
    remedy: pipInstall(answer, `'${SDK}==${seriesOf(serviceVersion)}.*'`),
    installable: true,
  };
}

function isTooOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
}

/** Major and minor version: what differs only behind them works together. */
function seriesOf(version: string): string {
  return version.split('.').slice(0, 2).join('.');
}

function pipInstall({ executable, pip }: InterpreterAnswer, what: string): string {
  const python = quoted(executable);
  return `Run: ${pip ? '' : `${python} -m ensurepip && `}${python} -m pip install ${what}`;
}

function newEnvironment({ venv }: InterpreterCandidate): string {
  const folder = venv ?? '.venv';
  const python = quoted(join(folder, 'bin', 'python'));
  // Never for a folder that is no environment: it would be emptied.
  const clear = venv !== null && existsSync(join(venv, 'pyvenv.cfg')) ? '--clear ' : '';
  const name = venv === null ? ', and set venv_path to it under [multiprocess.python] in runtime.toml' : '';
  const make = `python3 -m venv ${clear}${quoted(folder)}`;
  return `With Python ${OLDEST.join('.')} or newer, run: ${make} && ${python} -m pip install ${SDK}${name}`;
}

/** As a shell takes it. */
function quoted(path: string): string {
  return /^[\w./@%+=:,-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
