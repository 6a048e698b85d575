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
import {
  faultOfAnswer,
  faultOfSilence,
  type InterpreterCandidate,
  type InterpreterFault,
} from './interpreter-fault.js';
import { runProgram } from './run-program.js';

export interface Interpreter {
  /** Its `sys.executable`. */
  readonly executable: string;
  /** For example `3.11.7`. */
  readonly version: string;
  /** Version of the `remotemedia` package that it imports; null when that does not say. */
  readonly sdkVersion: string | null;
  /** The file that the package is imported from; null when that cannot be told. */
  readonly sdkFile: string | null;
  /** Who named it: `venv_path in runtime.toml`, `VIRTUAL_ENV`, … */
  readonly origin: string;
  /** The virtual environment that it was named by; null: none. */
  readonly venv: string | null;
}

/** A candidate that could not be used. */
export type RejectedInterpreter = InterpreterCandidate & InterpreterFault;

export interface InterpreterOptions {
  readonly venvPath: string | null;
  readonly executable: string | null;
  /** Directory of runtime.toml, which relative paths start from; programs run in it. */
  readonly baseDirectory: string;
  readonly env: NodeJS.ProcessEnv;
  /** An SDK of another major or minor version is refused; null: any will do. */
  readonly serviceVersion: string | null;
  readonly timeoutMs?: number;
  /** The environment that the set-up made; a test has another. */
  readonly setupVenv?: string;
}

export interface ChosenInterpreter {
  readonly interpreter: Interpreter;
  /** Candidates before it that could not be used; those that runtime.toml names deserve a warning. */
  readonly rejected: readonly RejectedInterpreter[];
}

const ASK_TIMEOUT_MS = 20_000;
const SETUP_VENV = fileURLToPath(new URL('../../../.venv', import.meta.url));

// Every Python must understand the question, the oldest too, to say that it is too old. A folder that happens to be called
// remotemedia is importable, as a namespace package: it has no file.
const QUESTION = `
import json, os, sys
answer = {"executable": sys.executable, "version": ".".join(map(str, sys.version_info[:3])), "sdk": None, "file": None,
          "pip": False, "error": None}
try:
    if sys.version_info >= (3, 11):
        import importlib.util
        answer["pip"] = importlib.util.find_spec("pip") is not None
        import remotemedia
        answer["file"] = getattr(remotemedia, "__file__", None)
        if answer["file"] is None:
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
  file: z.string().nullable(),
  pip: z.boolean(),
  error: z.string().nullable(),
});

/**
 * Chooses the interpreter for the service.
 *
 * @throws RemoteMediaError `process.spawn_failed` that lists everything tried, why each failed, and the command that helps
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
    hint: remedyFor(rejected, options),
  });
}

/**
 * Asks one named interpreter, for a manifest that may choose its own, or one that was found before.
 *
 * @throws RemoteMediaError `process.spawn_failed` when it cannot run nodes
 */
export async function inspectInterpreter(
  command: string,
  options: InterpreterOptions,
  { origin, venv }: Pick<InterpreterCandidate, 'origin' | 'venv'> = { origin: 'python_executable', venv: null },
): Promise<Interpreter> {
  const answer = await askInterpreter({ origin, command, venv }, options);
  if ('executable' in answer) return answer;
  throw new RemoteMediaError('process.spawn_failed', `The interpreter ${command} cannot run nodes: ${answer.reason}`, {
    hint: answer.remedy,
  });
}

/** Asks one candidate; what it says is either an interpreter that runs nodes, or why it does not. */
export function askInterpreter(
  candidate: InterpreterCandidate,
  options: InterpreterOptions,
): Promise<Interpreter | RejectedInterpreter> {
  return ask({ ...candidate, command: programPath(candidate.command, options.baseDirectory) }, options);
}

/** What runtime.toml names is meant: that is to be mended. Where it names none, what only lacks the SDK is nearest. */
function remedyFor(
  rejected: readonly RejectedInterpreter[],
  { venvPath, executable }: InterpreterOptions,
): string | null {
  const isNamed = venvPath !== null || executable !== null;
  const chosen = (isNamed ? undefined : rejected.find(({ installable }) => installable)) ?? rejected[0];
  return chosen === undefined ? null : chosen.remedy;
}

function candidates(options: InterpreterOptions): InterpreterCandidate[] {
  const { venvPath, executable, baseDirectory, env } = options;
  const named: InterpreterCandidate[] = [];
  if (venvPath !== null) named.push(ofVenv('venv_path in runtime.toml', resolve(baseDirectory, venvPath)));
  if (executable !== null) {
    const command = programPath(executable, baseDirectory);
    named.push({ origin: 'executable in runtime.toml', command, venv: null });
  }
  if (named.length > 0) return named;
  const active = env['VIRTUAL_ENV'];
  return [
    ...(active === undefined || active === '' ? [] : [ofVenv('VIRTUAL_ENV', active)]),
    ofVenv('the environment of the set-up', options.setupVenv ?? SETUP_VENV),
    { origin: 'python on the PATH', command: 'python', venv: null },
    { origin: 'python3 on the PATH', command: 'python3', venv: null },
  ];
}

/** A bare name is looked up on the PATH; anything with a separator is a path. */
function programPath(command: string, baseDirectory: string): string {
  return command.includes('/') || command.includes(sep) ? resolve(baseDirectory, command) : command;
}

/** The interpreter of a virtual environment, in whichever of the two layouts it has. */
export function ofVenv(origin: string, venv: string): InterpreterCandidate {
  const windows = join(venv, 'Scripts', 'python.exe');
  return { origin, command: existsSync(windows) ? windows : join(venv, 'bin', 'python'), venv };
}

async function ask(
  candidate: InterpreterCandidate,
  options: InterpreterOptions,
): Promise<Interpreter | RejectedInterpreter> {
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
    const reason = lastLine === undefined ? result.ending : `${result.ending}: ${lastLine}`;
    return { ...candidate, ...faultOfSilence(candidate, reason, result.isMissing) };
  }
  const fault = faultOfAnswer(candidate, answer, options.serviceVersion);
  if (fault !== null) return { ...candidate, ...fault };
  const { executable, version, sdk, file } = answer;
  return { executable, version, sdkVersion: sdk, sdkFile: file, origin: candidate.origin, venv: candidate.venv };
}

function parseAnswer(line: string): z.infer<typeof answerSchema> | null {
  try {
    return answerSchema.parse(JSON.parse(line));
  } catch {
    return null;
  }
}
