import { type ChannelBuild, channelBuild } from '@remotemedia/channel';
import type { RemoteMediaError } from '@remotemedia/contract';
import type { Interpreter } from '../process/interpreter.js';
import type { ModuleError } from '../process/probe.js';
import { pythonEnvironment } from '../process/python-environment.js';
import { runProgram } from '../process/run-program.js';
import { type Check, fail, messageOf, ok } from './check.js';

const ASK_TIMEOUT_MS = 20_000;
const MAX_ANSWER_BYTES = 4096;
const BUILD_AGAIN = 'Build both from the same sources: npm run setup';

/** How the start of a service found Python. */
export interface PythonFacts {
  readonly interpreter: Interpreter | null;
  readonly nodes: readonly { readonly module: string }[];
  readonly moduleErrors: readonly ModuleError[];
  readonly problem: RemoteMediaError | null;
}

export function checkInterpreter({ interpreter, problem }: PythonFacts): Check {
  if (problem !== null || interpreter === null) {
    const message = problem?.message ?? 'There is none';
    return fail('interpreter', message, problem?.hint ?? null, problem?.details.stderr ?? []);
  }
  const { executable, version, sdkVersion, origin } = interpreter;
  return ok('interpreter', `Python ${version} with SDK ${sdkVersion ?? '?'}: ${executable} (${origin})`);
}

/** One check for each module that could not be imported, or one that all could. */
export function checkNodeModules({ nodes, moduleErrors, interpreter }: PythonFacts): Check[] {
  if (interpreter === null) return [];
  if (moduleErrors.length > 0) {
    return moduleErrors.map(({ module, errorType, message, traceback }) =>
      fail(
        'node modules',
        `${module} could not be imported: ${errorType}: ${message}`,
        'Correct the module, or take it out of [multiprocess.python] in runtime.toml',
        traceback.trimEnd().split('\n'),
      ),
    );
  }
  return [ok('node modules', `${nodes.length} Python node types`)];
}

/** The service's half of the channel. */
export function checkAddon(): { check: Check; build: ChannelBuild | null } {
  try {
    const build = channelBuild();
    return { check: ok('channel', `iceoryx2 ${build.iceoryx2}, build ${build.fingerprint}`), build };
  } catch (error) {
    const message = `The native addon does not load: ${messageOf(error).split('\n', 1)[0]}`;
    return { check: fail('channel', message, 'Build it: npm run setup'), build: null };
  }
}

/** Python's half must be built from the same sources, or the two misread each other's memory. */
export async function checkBinding(python: Interpreter, build: ChannelBuild, cwd: string): Promise<Check> {
  const name = 'channel of Python';
  const { answer, ending, stderr } = await runProgram({
    command: python.executable,
    args: ['-c', 'import os; from remotemedia import _channel; os.write(3, (_channel.BUILD + "\\n").encode())'],
    cwd,
    env: pythonEnvironment(process.env),
    stdin: null,
    timeoutMs: ASK_TIMEOUT_MS,
    maxAnswerBytes: MAX_ANSWER_BYTES,
  });
  if (answer === null) {
    const last = stderr.at(-1);
    return fail(name, `${python.executable} ${ending}${last === undefined ? '' : `: ${last}`}`, BUILD_AGAIN, stderr);
  }
  if (answer === build.fingerprint) return ok(name, 'the same build as the service');
  return fail(name, `build ${answer}, and that of the service is ${build.fingerprint}`, BUILD_AGAIN);
}
