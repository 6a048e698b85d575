/**
 * Which Python runs the nodes.
 *
 * What runtime.toml names comes first: `venv_path`, then `executable`. Where it names neither, the first of these that can
 * import `remotemedia`: $VIRTUAL_ENV, the environment that the set-up made, `python`, `python3`.
 *
 * A candidate is asked once for its `sys.executable`, and that is what is spawned from then on: a version manager's shim
 * costs a quarter of a second at each start. Links are not resolved, because that would leave a virtual environment.
 */
import { existsSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RemoteMediaError } from '@remotemedia/contract';
import { z } from 'zod';
import { runProgram } from './run-program.js';

export interface Interpreter {
  /** Its `sys.executable`. */
  executable: string;
  /** For example `3.11.7`. */
  version: string;
  /** Version of the `remotemedia` package that it imports; null when that does not say. */
  sdkVersion: string | null;
  /** Who named it: `venv_path in runtime.toml`, `VIRTUAL_ENV`, … */
  origin: string;
}

/** A candidate that could not be used. */
export interface RejectedInterpreter {
  origin: string;
  /** Path or name, as it was tried. */
  command: string;
  /** A clause: `exited with code 127`, `ModuleNotFoundError: No module named 'remotemedia'`. */
  reason: string;
}

export interface InterpreterOptions {
  venvPath: string | null;
  executable: string | null;
  /** Directory of runtime.toml, which relative paths start from; programs run in it. */
  baseDirectory: string;
  env: NodeJS.ProcessEnv;
  timeoutMs?: number;
  /** The environment that the set-up made; a test has another. */
  setupVenv?: string;
}

export interface ChosenInterpreter {
  interpreter: Interpreter;
  /** Candidates before it that could not be used; those that runtime.toml names deserve a warning. */
  rejected: RejectedInterpreter[];
}

const ASK_TIMEOUT_MS = 20_000;
const SETUP_VENV = fileURLToPath(new URL('../../../.venv', import.meta.url));

// A folder that happens to be called remotemedia is importable too, as a namespace package: it has no file.
const QUESTION = `
import json, os, sys
answer = {"executable": sys.executable, "version": ".".join(map(str, sys.version_info[:3])), "sdk": None, "error": None}
try:
    import remotemedia
    if getattr(remotemedia, "__file__", None) is None:
        raise ImportError("No module named 'remotemedia'")
    answer["sdk"] = getattr(remotemedia, "__version__", None)
except BaseException as error:
    answer["error"] = "%s: %s" % (type(error).__name__, error)
os.write(3, (json.dumps(answer) + "\\n").encode())
`;

const answerSchema = z.object({
  executable: z.string().min(1),
  version: z.string(),
  sdk: z.string().nullable(),
  error: z.string().nullable(),
});

interface Candidate {
  origin: string;
  command: string;
}

/**
 * Chooses the interpreter for the service.
 *
 * @throws RemoteMediaError `process.spawn_failed` that lists everything tried and why each failed
 */
export async function chooseInterpreter(options: InterpreterOptions): Promise<ChosenInterpreter> {
  const rejected: RejectedInterpreter[] = [];
  for (const candidate of candidates(options)) {
    const answer = await ask(candidate, options);
    if ('executable' in answer) return { interpreter: answer, rejected };
    rejected.push(answer);
  }
  const tried = rejected.map(({ origin, command, reason }) => `${origin} (${command}): ${reason}`);
  throw new RemoteMediaError('process.spawn_failed', `No Python interpreter can run nodes. Tried ${tried.join('; ')}`, {
    hint:
      'Install the SDK into the environment you want (pip install remotemedia-sdk), or name one that has it in runtime.toml: ' +
      '[multiprocess.python] venv_path or executable.',
  });
}

/**
 * Asks one named interpreter, for a manifest that may choose its own.
 *
 * @throws RemoteMediaError `process.spawn_failed` when it cannot run nodes
 */
export async function inspectInterpreter(command: string, options: InterpreterOptions): Promise<Interpreter> {
  const candidate = { origin: 'python_executable', command: programPath(command, options.baseDirectory) };
  const answer = await ask(candidate, options);
  if ('executable' in answer) return answer;
  throw new RemoteMediaError('process.spawn_failed', `The interpreter ${command} cannot run nodes: ${answer.reason}`);
}

function candidates(options: InterpreterOptions): Candidate[] {
  const { venvPath, executable, baseDirectory, env } = options;
  const named: Candidate[] = [];
  if (venvPath !== null) {
    named.push({ origin: 'venv_path in runtime.toml', command: venvPython(resolve(baseDirectory, venvPath)) });
  }
  if (executable !== null) {
    named.push({ origin: 'executable in runtime.toml', command: programPath(executable, baseDirectory) });
  }
  if (named.length > 0) return named;
  const active = env['VIRTUAL_ENV'];
  return [
    ...(active === undefined || active === '' ? [] : [{ origin: 'VIRTUAL_ENV', command: venvPython(active) }]),
    { origin: 'the environment of the set-up', command: venvPython(options.setupVenv ?? SETUP_VENV) },
    { origin: 'python on the PATH', command: 'python' },
    { origin: 'python3 on the PATH', command: 'python3' },
  ];
}

/** A bare name is looked up on the PATH; anything with a separator is a path. */
function programPath(command: string, baseDirectory: string): string {
  return command.includes('/') || command.includes(sep) ? resolve(baseDirectory, command) : command;
}

/** The interpreter of a virtual environment, in whichever of the two layouts it has. */
function venvPython(directory: string): string {
  const windows = join(directory, 'Scripts', 'python.exe');
  return existsSync(windows) ? windows : join(directory, 'bin', 'python');
}

async function ask(candidate: Candidate, options: InterpreterOptions): Promise<Interpreter | RejectedInterpreter> {
  const result = await runProgram({
    command: candidate.command,
    args: ['-c', QUESTION],
    cwd: options.baseDirectory,
    env: options.env,
    stdin: null,
    timeoutMs: options.timeoutMs ?? ASK_TIMEOUT_MS,
    maxAnswerBytes: 64 * 1024,
  });
  const answer = result.answer === null ? null : parseAnswer(result.answer);
  if (answer === null) {
    const lastLine = result.stderr.at(-1);
    return { ...candidate, reason: lastLine === undefined ? result.ending : `${result.ending}: ${lastLine}` };
  }
  if (answer.error !== null) return { ...candidate, reason: `Python ${answer.version}: ${answer.error}` };
  const { executable, version, sdk } = answer;
  return { executable, version, sdkVersion: sdk, origin: candidate.origin };
}

function parseAnswer(line: string): z.infer<typeof answerSchema> | null {
  try {
    return answerSchema.parse(JSON.parse(line));
  } catch {
    return null;
  }
}
