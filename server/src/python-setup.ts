import { type Gap, isRemoteMediaError, type RemoteMediaError, type ResolvedConfig } from '@remotemedia/contract';
import type { Logger } from './observe/logger.js';
import { packageVersion } from './package-version.js';
import {
  chooseInterpreter,
  type Interpreter,
  type InterpreterOptions,
  inspectInterpreter,
} from './process/interpreter.js';
import { KnownInterpreter } from './process/known-interpreter.js';
import { type ModuleError, type PythonNodeType, probe } from './process/probe.js';
import { pythonEnvironment } from './process/python-environment.js';
import type { PythonRuntime } from './session/python-node.js';

/** The Python side of a service, as its start found it. */
export interface PythonSetup {
  readonly runtime: PythonRuntime | null;
  /**
   * The Python of a node type in a session: the service's own, or another that its manifest chose and the service allows.
   *
   * @throws RemoteMediaError `process.spawn_failed`
   */
  runtimeFor(config: ResolvedConfig, nodeType: string): Promise<PythonRuntime>;
  readonly interpreter: Interpreter | null;
  readonly nodes: readonly PythonNodeType[];
  /** Modules that could not be imported. */
  readonly moduleErrors: readonly ModuleError[];
  /** Why no Python node can be used; null: they can. */
  readonly problem: RemoteMediaError | null;
}

/**
 * Finds the interpreter and asks it, once, for its node types. A service whose Python does not work runs all the same,
 * with its native nodes.
 */
export async function setUpPython(config: ResolvedConfig, baseDirectory: string, log: Logger): Promise<PythonSetup> {
  const env = pythonEnvironment(process.env, config.auth.tokensVariable);
  const { venvPath, executable, extraPaths, modules } = config.python;
  const options: InterpreterOptions = { venvPath, executable, baseDirectory, env, serviceVersion: packageVersion() };
  try {
    const { interpreter, rejected } = await chooseInterpreter(options);
    for (const { origin, command, reason, remedy } of rejected) {
      const level = origin.includes('runtime.toml') ? 'warn' : 'debug';
      log.log(level, `Python interpreter passed over: ${origin} (${command}): ${reason}. ${remedy}`);
    }
    log.debug(`Python ${interpreter.version} at ${interpreter.executable} (${interpreter.origin})`);
    const runtime = { executable: interpreter.executable, cwd: baseDirectory, env, modulePaths: extraPaths, modules };
    const found = await probe(runtime);
    reportModules(found.errors, log);
    log.info(`Executor registry initialized: ${found.nodes.length} Python nodes registered`);
    return {
      runtime,
      interpreter,
      nodes: found.nodes,
      moduleErrors: found.errors,
      problem: null,
      runtimeFor: runtimesOf(runtime, interpreter, options),
    };
  } catch (error) {
    if (!isRemoteMediaError(error)) throw error;
    const hint = error.hint === null ? '' : `. ${error.hint}`;
    log.warn(`No Python node can be used: ${error.message}${hint}`, { details: error.details });
    log.info('Executor registry initialized: 0 Python nodes registered');
    const runtimeFor = (): Promise<PythonRuntime> => Promise.reject(error);
    return { runtime: null, interpreter: null, nodes: [], moduleErrors: [], problem: error, runtimeFor };
  }
}

/** The Python of each session. Whoever was found fit once is looked at again, and whoever was not is asked again. */
function runtimesOf(own: PythonRuntime, interpreter: Interpreter, options: InterpreterOptions) {
  const known = new KnownInterpreter(interpreter, options);
  const others = new Map<string, Promise<KnownInterpreter>>();
  const otherOf = (command: string): Promise<KnownInterpreter> => {
    const asked =
      others.get(command) ?? inspectInterpreter(command, options).then((found) => new KnownInterpreter(found, options));
    others.set(command, asked);
    asked.catch(() => others.delete(command));
    return asked;
  };
  return async ({ python, layers }: ResolvedConfig, _nodeType: string): Promise<PythonRuntime> => {
    const isChosen = python.executable !== null && layers['multiprocess.python.executable'] === 'manifest';
    const wanted = isChosen ? await otherOf(python.executable) : known;
    return { ...own, executable: (await wanted.confirm()).executable };
  };
}

/**
 * What nodes lack, each in the interpreter that would run it; answers in the order of the nodes. An interpreter that cannot
 * be used is a gap itself.
 */
export async function findPythonGaps(
  setup: PythonSetup,
  config: ResolvedConfig,
  nodes: readonly { readonly type: string; readonly params: Readonly<Record<string, unknown>> }[],
): Promise<Gap[][]> {
  const found = nodes.map((): Gap[] => []);
  const byExecutable = new Map<string, { readonly runtime: PythonRuntime; readonly indexes: number[] }>();
  for (const [index, { type }] of nodes.entries()) {
    try {
      const runtime = await setup.runtimeFor(config, type);
      const group = byExecutable.get(runtime.executable) ?? { runtime, indexes: [] };
      group.indexes.push(index);
      byExecutable.set(runtime.executable, group);
    } catch (error) {
      found[index] = [asGap(error)];
    }
  }
  const groups = [...byExecutable.values()].map(async ({ runtime, indexes }) => {
    const checks = indexes.flatMap((index) => nodes[index] ?? []);
    const gaps = await probe({ ...runtime, checks }).then(
      (answer) => answer.checks,
      (error: unknown) => checks.map(() => [asGap(error)]),
    );
    for (const [at, index] of indexes.entries()) found[index] = gaps[at] ?? [];
  });
  await Promise.all(groups);
  return found;
}

function asGap(error: unknown): Gap {
  if (!isRemoteMediaError(error)) throw error;
  return { kind: 'interpreter', what: error.message, remedy: error.hint ?? '' };
}

function reportModules(errors: readonly ModuleError[], log: Logger): void {
  for (const { module, message, traceback } of errors) {
    log.error(`Python module ${module} could not be imported: ${message}\n${traceback.trimEnd()}`, { module });
  }
}
