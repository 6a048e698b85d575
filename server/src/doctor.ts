import { isRemoteMediaError, type ResolvedConfig, resolveConfig } from '@remotemedia/contract';
import { type ConfigSource, loadConfig } from './config-file.js';
import { type Check, fail, messageOf, ok } from './doctor/check.js';
import { checkEnvironments } from './doctor/environment-checks.js';
import { checkLeftovers } from './doctor/leftover-check.js';
import { checkFiles, checkKernel, checkMemory, checkNode, checkSharedMemory } from './doctor/machine-checks.js';
import { checkPort } from './doctor/port-check.js';
import { checkAddon, checkBinding, checkInterpreter, checkNodeModules } from './doctor/python-checks.js';
import { checkRuntimeDirectory } from './doctor/runtime-checks.js';
import { builtInRegistry } from './nodes/built-in.js';
import { loadNodeModules } from './nodes/load-modules.js';
import { silentLogger } from './observe/logger.js';
import { setUpPython } from './python-setup.js';

export type { Check, CheckStatus } from './doctor/check.js';

export interface DoctorOptions {
  readonly config: ConfigSource;
  readonly host: string;
  readonly port: number;
  readonly runtimeDirectory: string;
  /** Addresses of services that run here. */
  readonly ownAddresses: readonly string[];
}

/** Looks at everything that a service needs, in the order in which it needs it. Nothing is changed. */
export async function examine(options: DoctorOptions): Promise<Check[]> {
  const { host, port, runtimeDirectory, ownAddresses } = options;
  const { check: configCheck, config, baseDirectory } = await checkConfig(options.config);
  const addon = checkAddon();
  return (
    await Promise.all([
      checkNode(),
      checkKernel(),
      addon.check,
      configCheck,
      checkPythonSide(config, baseDirectory, addon.build),
      checkNativeModules(config, baseDirectory),
      checkSharedMemory(config.shmSegmentBytes),
      checkMemory(),
      checkFiles(config.limits.maxSessions),
      checkRuntimeDirectory(runtimeDirectory),
      checkLeftovers(runtimeDirectory),
      checkPort(host, port, ownAddresses),
    ])
  ).flat();
}

interface CheckedConfig {
  readonly check: Check;
  /** Settings to go on with: the defaults, when those of the file are wrong. */
  readonly config: ResolvedConfig;
  readonly baseDirectory: string;
}

async function checkConfig(source: ConfigSource): Promise<CheckedConfig> {
  const name = 'configuration';
  const what = typeof source === 'string' ? source : 'no runtime.toml; defaults apply';
  try {
    const { toml, baseDirectory } = await loadConfig(source, process.cwd());
    return { check: ok(name, what), config: resolveConfig({ toml }), baseDirectory };
  } catch (error) {
    if (!isRemoteMediaError(error)) throw error;
    const lines = (error.details.problems ?? []).map(({ path, message }) => `${path}: ${message}`);
    const check = fail(
      name,
      `${what}: ${error.message}`,
      error.hint ?? 'Correct the file',
      lines.length > 1 ? lines : [],
    );
    return { check, config: resolveConfig({}), baseDirectory: process.cwd() };
  }
}

async function checkPythonSide(
  config: ResolvedConfig,
  baseDirectory: string,
  build: ReturnType<typeof checkAddon>['build'],
): Promise<Check[]> {
  const facts = await setUpPython(config, baseDirectory, silentLogger());
  const { interpreter } = facts;
  const binding = interpreter === null || build === null ? [] : [await checkBinding(interpreter, build, baseDirectory)];
  const environments = await checkEnvironments(facts.environments, facts.nodes);
  return [checkInterpreter(facts), ...binding, ...checkNodeModules(facts), ...environments];
}

async function checkNativeModules(config: ResolvedConfig, baseDirectory: string): Promise<Check[]> {
  const name = 'native modules';
  const { modules } = config.native;
  if (modules.length === 0) return [];
  try {
    await loadNodeModules(builtInRegistry(), modules, baseDirectory);
    return [ok(name, modules.join(', '))];
  } catch (error) {
    return [fail(name, messageOf(error), isRemoteMediaError(error) ? error.hint : null)];
  }
}
