import type { Gap, NodePythonConfig, ResolvedConfig } from '@remotemedia/contract';
import { isRemoteMediaError } from '@remotemedia/contract';
import type { Environments } from './environments/environments.js';
import type { Logger } from './observe/logger.js';
import { type Interpreter, type InterpreterOptions, inspectInterpreter, ofVenv } from './process/interpreter.js';
import { KnownInterpreter } from './process/known-interpreter.js';
import { type PythonNodeType, probe } from './process/probe.js';
import type { PythonRuntime } from './session/python-node.js';

export interface NodePythonsOptions {
  /** The service's own. */
  readonly runtime: PythonRuntime;
  readonly interpreter: Interpreter;
  readonly inspection: InterpreterOptions;
  readonly environments: Environments;
  /** `[multiprocess.nodes.…]`, by the names that the file has. */
  readonly configured: ResolvedConfig['nodes'];
}

type Named = NodePythonConfig & { readonly name: string };

/**
 * Which Python runs a node: the one that runtime.toml names for its type, the one that the manifest chose for the pipeline,
 * the environment that was installed for its type, the service's own. The first there is counts; when that cannot run nodes,
 * that is an error, since another would run other code.
 *
 * Whoever was found fit once is looked at again at each use, and whoever was not is asked again.
 */
export class NodePythons {
  readonly #options: NodePythonsOptions;
  readonly #own: KnownInterpreter;
  readonly #others = new Map<string, Promise<KnownInterpreter>>();
  readonly #configured = new Map<string, Named>();

  constructor(options: NodePythonsOptions) {
    this.#options = options;
    this.#own = new KnownInterpreter(options.interpreter, options.inspection);
  }

  /** Learns which types there are: settings under an alias are those of its type. */
  meet(nodes: readonly PythonNodeType[], log: Logger): void {
    for (const [name, settings] of Object.entries(this.#options.configured)) {
      const found = nodes.find(({ type }) => type === name) ?? nodes.find(({ aliases }) => aliases.includes(name));
      const table = `[multiprocess.nodes.${name}] in runtime.toml`;
      if (found === undefined) log.warn(`${table} has no effect: there is no Python node type of that name`);
      else if (found.type !== name && Object.hasOwn(this.#options.configured, found.type))
        log.warn(`${table} has no effect: it is ${found.type}, which has a table of its own`);
      else this.#configured.set(found.type, { ...settings, name });
    }
  }

  /** What runtime.toml says of a type. */
  settingsOf(type: string): NodePythonConfig | null {
    return this.#configured.get(type) ?? null;
  }

  /** @throws RemoteMediaError `process.spawn_failed` */
  async runtimeFor({ python, layers }: ResolvedConfig, type: string): Promise<PythonRuntime> {
    const named = this.#namedFor(type);
    if (named !== null) return this.#with(await this.#other(named.command, named));
    if (python.executable !== null && layers['multiprocess.python.executable'] === 'manifest')
      return this.#with(await this.#other(python.executable, { origin: 'python_executable', venv: null }));
    const installed = await this.#options.environments.interpreterOf(type);
    return this.#with(installed ?? (await this.#own.confirm()));
  }

  /** The node types, each with what it lacks in the Python that runs it, where that is not the service's own. */
  async withOwnGaps(nodes: readonly PythonNodeType[], config: ResolvedConfig): Promise<PythonNodeType[]> {
    const installed = new Set(await this.#options.environments.types());
    return await Promise.all(
      nodes.map(async (node) => {
        if (!installed.has(node.type) && this.#namedFor(node.type) === null) return node;
        const gaps = await this.#gapsOf(node, config);
        return { ...node, requirements: { ...node.requirements, gaps } };
      }),
    );
  }

  async #gapsOf({ type, module }: PythonNodeType, config: ResolvedConfig): Promise<Gap[]> {
    try {
      const runtime = await this.runtimeFor(config, type);
      const { nodes, errors } = await probe({ ...runtime, only: [module] });
      const found = nodes.find((node) => node.type === type);
      if (found !== undefined) return found.requirements.gaps;
      const why = errors.find((error) => error.module === module)?.message ?? 'it is not defined there';
      const what = `${type} cannot be loaded by ${runtime.executable}: ${why}`;
      return [{ kind: 'interpreter', what, remedy: `${runtime.executable} -m pip install what it needs` }];
    } catch (error) {
      return [asGap(error)];
    }
  }

  #namedFor(type: string) {
    const settings = this.#configured.get(type);
    if (settings === undefined) return null;
    const origin = `[multiprocess.nodes.${settings.name}] in runtime.toml`;
    if (settings.venvPath !== null) return ofVenv(origin, settings.venvPath);
    return settings.pythonExecutable === null ? null : { origin, command: settings.pythonExecutable, venv: null };
  }

  async #other(command: string, named: Pick<Interpreter, 'origin' | 'venv'>): Promise<Interpreter> {
    const { inspection } = this.#options;
    const asked =
      this.#others.get(command) ??
      inspectInterpreter(command, inspection, named).then((found) => new KnownInterpreter(found, inspection));
    this.#others.set(command, asked);
    asked.catch(() => this.#others.delete(command));
    return await (await asked).confirm();
  }

  #with({ executable }: Interpreter): PythonRuntime {
    return { ...this.#options.runtime, executable };
  }
}

/** An interpreter that cannot be used, as something that a node lacks. */
export function asGap(error: unknown): Gap {
  if (!isRemoteMediaError(error)) throw error;
  return { kind: 'interpreter', what: error.message, remedy: error.hint ?? '' };
}
