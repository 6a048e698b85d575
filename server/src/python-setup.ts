import { isRemoteMediaError, type RemoteMediaError, type ResolvedConfig } from '@remotemedia/contract';
import type { Logger } from './observe/logger.js';
import {
  chooseInterpreter,
  type Interpreter,
  type InterpreterOptions,
  inspectInterpreter,
} from './process/interpreter.js';
import { type ModuleError, type PythonNodeType, probe } from './process/probe.js';
import { pythonEnvironment } from './process/python-environment.js';
import type { PythonRuntime } from './session/python-node.js';

/** The Python side of a service, as its start found it. */
export interface PythonSetup {
  readonly runtime: PythonRuntime | null;
  /**
   * The Python of a session: the service's own, or another that its manifest chose and the service allows.
   *
   * @throws RemoteMediaError `process.spawn_failed`
   */
  runtimeFor(config: ResolvedConfig): Promise<PythonRuntime>;
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
  const env = pythonEnvironment(process.env);
  const { venvPath, executable, extraPaths, modules } = config.python;
  const options: InterpreterOptions = { venvPath, executable, baseDirectory, env };
  const others = new Map<string, Promise<PythonRuntime>>();
  const runtimeFor = async (wanted: ResolvedConfig, own: PythonRuntime): Promise<PythonRuntime> => {
    const named = wanted.python.executable;
    if (named === null || wanted.layers['multiprocess.python.executable'] !== 'manifest') return own;
    let other = others.get(named);
    if (other === undefined) {
      other = inspectInterpreter(named, options).then((found) => ({ ...own, executable: found.executable }));
      others.set(named, other);
      // One that is repaired meanwhile shall be found.
      other.catch(() => others.delete(named));
    }
    return await other;
  };
  try {
    const { interpreter, rejected } = await chooseInterpreter(options);
    for (const { origin, command, reason } of rejected) {
      const level = origin.includes('runtime.toml') ? 'warn' : 'debug';
      log.log(level, `Python interpreter passed over: ${origin} (${command}): ${reason}`);
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
      runtimeFor: (wanted) => runtimeFor(wanted, runtime),
    };
  } catch (error) {
    if (!isRemoteMediaError(error)) throw error;
    log.warn(`No Python node can be used: ${error.message}`, { hint: error.hint, details: error.details });
    log.info('Executor registry initialized: 0 Python nodes registered');
    const runtimeFor = (): Promise<PythonRuntime> => Promise.reject(error);
    return { runtime: null, interpreter: null, nodes: [], moduleErrors: [], problem: error, runtimeFor };
  }
}

function reportModules(errors: readonly ModuleError[], log: Logger): void {
  for (const { module, message, traceback } of errors) {
    log.error(`Python module ${module} could not be imported: ${message}\n${traceback.trimEnd()}`, { module });
  }
}
