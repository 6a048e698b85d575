import {
  type Gap,
  isRemoteMediaError,
  type NodePythonConfig,
  type RemoteMediaError,
  type ResolvedConfig,
} from '@remotemedia/contract';
import { Environments } from './environments/environments.js';
import { environmentsFolder } from './environments/folders.js';
import { asGap, NodePythons } from './node-pythons.js';
import type { Logger } from './observe/logger.js';
import { packageVersion } from './package-version.js';
import { chooseInterpreter, type Interpreter, type InterpreterOptions } from './process/interpreter.js';
import { type ModuleError, type PythonNodeType, probe } from './process/probe.js';
import { pythonEnvironment } from './process/python-environment.js';
import type { PythonRuntime } from './session/python-node.js';

/** The Python side of a service, as its start found it. */
export interface PythonSetup {
  readonly runtime: PythonRuntime | null;
  /**
   * The Python of a node type in a session: `NodePythons` says which.
   *
   * @throws RemoteMediaError `process.spawn_failed`
   */
  runtimeFor(config: ResolvedConfig, nodeType: string): Promise<PythonRuntime>;
  readonly interpreter: Interpreter | null;
  /** What each lacks is what it lacks in the service's own Python: `nodesWithGaps` asks those that run them. */
  readonly nodes: readonly PythonNodeType[];
  /**
   * The same, each with what it lacks in the Python that runs it. Every environment is asked in a process of its own, so no
   * start waits for that. Environments come and go: a later call asks anew.
   */
  nodesWithGaps(): Promise<readonly PythonNodeType[]>;
  /** What runtime.toml says of a node type's Python. */
  settingsOf(nodeType: string): NodePythonConfig | null;
  readonly environments: Environments;
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
  const env = pythonEnvironment(process.env, config.auth.tokensVariable, config.models);
  const { venvPath, executable, extraPaths, modules } = config.python;
  const options: InterpreterOptions = { venvPath, executable, baseDirectory, env, serviceVersion: packageVersion() };
  const folder = environmentsFolder(config.python.environmentsPath, process.env);
  const environments = new Environments(folder, options);
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
    const pythons = new NodePythons({
      runtime,
      interpreter,
      inspection: options,
      environments,
      configured: config.nodes,
    });
    pythons.meet(found.nodes, log);
    return {
      runtime,
      interpreter,
      environments,
      nodes: found.nodes,
      nodesWithGaps: sharedWhileAsked(() => pythons.withOwnGaps(found.nodes, config)),
      moduleErrors: found.errors,
      problem: null,
      runtimeFor: (wanted, type) => pythons.runtimeFor(wanted, type),
      settingsOf: (type) => pythons.settingsOf(type),
    };
  } catch (error) {
    if (!isRemoteMediaError(error)) throw error;
    const hint = error.hint === null ? '' : `. ${error.hint}`;
    log.warn(`No Python node can be used: ${error.message}${hint}`, { details: error.details });
    log.info('Executor registry initialized: 0 Python nodes registered');
    const runtimeFor = (): Promise<PythonRuntime> => Promise.reject(error);
    const nothing = { runtime: null, interpreter: null, nodes: [], moduleErrors: [] };
    const nodesWithGaps = (): Promise<readonly PythonNodeType[]> => Promise.resolve([]);
    return { ...nothing, environments, problem: error, runtimeFor, nodesWithGaps, settingsOf: () => null };
  }
}

/**
 * What nodes lack, each in the interpreter that would run it; answers in the order of the nodes. An interpreter that cannot
 * be used is a gap itself.
 */
export async function findPythonGaps(
  setup: PythonSetup,
  config: ResolvedConfig,
  nodes: readonly { readonly type: string; readonly params: Readonly<Record<string, unknown>> }[],
  signal: AbortSignal | null = null,
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
    const wait = { timeoutMs: config.initTimeoutMs, ...(signal === null ? {} : { signal }) };
    const gaps = await probe({ ...runtime, checks, only: modulesOf(setup.nodes, checks), ...wait }).then(
      (answer) => answer.checks,
      (error: unknown) => checks.map(() => [asGap(error)]),
    );
    for (const [at, index] of indexes.entries()) found[index] = gaps[at] ?? [];
  });
  await Promise.all(groups);
  return found;
}

/** The modules that define these types: the others need not be imported to be asked about them. */
function modulesOf(nodes: readonly PythonNodeType[], checks: readonly { readonly type: string }[]): string[] {
  const types = new Set(checks.map(({ type }) => type));
  return [...new Set(nodes.filter(({ type }) => types.has(type)).map(({ module }) => module))];
}

/** Who asks while an answer is under way gets that one. Neither an answer nor a failure is kept. */
function sharedWhileAsked<Answer>(ask: () => Promise<Answer>): () => Promise<Answer> {
  let asked: Promise<Answer> | null = null;
  return () => {
    asked ??= ask().finally(() => {
      asked = null;
    });
    return asked;
  };
}

function reportModules(errors: readonly ModuleError[], log: Logger): void {
  for (const { module, message, traceback } of errors) {
    log.error(`Python module ${module} could not be imported: ${message}\n${traceback.trimEnd()}`, { module });
  }
}
