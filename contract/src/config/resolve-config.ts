import { RemoteMediaError } from '../errors/error.js';
import { ProblemCollector } from '../problems/collector.js';
import type { MultiprocessOverrides } from './multiprocess.js';
import { type ConfigLayer, type ResolvedConfig, SETTING_NAMES, type SettingName } from './resolved-config.js';
import type { RuntimeToml } from './runtime-toml.js';

/** The weakest layer, in the names and units of the file. */
export const CONFIG_DEFAULTS = {
  max_processes_per_session: 10,
  channel_capacity: 100,
  init_timeout_secs: 30,
  cleanup_grace_period_secs: 5,
  enable_backpressure: true,
  shm_segment_size: 256 * 1024 * 1024,
  process_timeout_secs: 0,
  limits: {
    max_processes_per_session: 100,
    max_processes: 200,
    max_sessions: 100,
    max_message_bytes: 64 * 1024 * 1024,
  },
} as const;

/** What is laid over what. Leave a layer out when there is none. */
export interface ConfigLayers {
  readonly toml?: RuntimeToml;
  /** `metadata.multiprocess` of a manifest that was parsed. */
  readonly manifest?: MultiprocessOverrides;
}

type Limits = ResolvedConfig['limits'];
type Python = ResolvedConfig['python'];

/**
 * The settings of the service (without a manifest) or of one session (with its manifest's).
 *
 * @throws RemoteMediaError `limit.processes` for more processes than the cap, `manifest.invalid` for an interpreter that
 *   a manifest may not name.
 */
export function resolveConfig({ toml = {}, manifest = {} }: ConfigLayers): ResolvedConfig {
  const layering = new Layering();
  const file = toml.multiprocess ?? {};
  const limits = resolveLimits(layering, toml);
  const config = {
    maxProcessesPerSession: resolveMaxProcesses(layering, limits, manifest, file),
    channelCapacity: layering.pick(
      'multiprocess.channel_capacity',
      manifest.channel_capacity,
      file.channel_capacity,
      CONFIG_DEFAULTS.channel_capacity,
    ),
    initTimeoutMs: milliseconds(
      layering.pick(
        'multiprocess.init_timeout_secs',
        manifest.init_timeout_secs,
        file.init_timeout_secs,
        CONFIG_DEFAULTS.init_timeout_secs,
      ),
    ),
    cleanupGracePeriodMs: milliseconds(
      layering.pick(
        'multiprocess.cleanup_grace_period_secs',
        manifest.cleanup_grace_period_secs,
        file.cleanup_grace_period_secs,
        CONFIG_DEFAULTS.cleanup_grace_period_secs,
      ),
    ),
    enableBackpressure: layering.pick<boolean>(
      'multiprocess.enable_backpressure',
      manifest.enable_backpressure,
      file.enable_backpressure,
      CONFIG_DEFAULTS.enable_backpressure,
    ),
    shmSegmentBytes: layering.pick(
      'multiprocess.shm_segment_size',
      manifest.shm_segment_size,
      file.shm_segment_size,
      CONFIG_DEFAULTS.shm_segment_size,
    ),
    processTimeoutMs: timeoutMs(
      layering.pick<number | null>(
        'multiprocess.process_timeout_secs',
        manifest.process_timeout_secs,
        file.process_timeout_secs,
        CONFIG_DEFAULTS.process_timeout_secs,
      ),
    ),
    python: resolvePython(layering, manifest, file),
    native: { modules: [...layering.pick('native.modules', undefined, toml.native?.modules, [])] },
    limits,
  };
  return deepFreeze({ ...config, layers: layering.layers });
}

/** Remembers which layer each value came from. */
class Layering {
  readonly layers = Object.fromEntries(SETTING_NAMES.map((name) => [name, 'default'])) as Record<
    SettingName,
    ConfigLayer
  >;

  /** The strongest layer that says something: undefined is silence; null, false and 0 are values. */
  pick<T>(name: SettingName, manifest: T | undefined, toml: T | undefined, fallback: T): T {
    this.layers[name] = manifest !== undefined ? 'manifest' : toml !== undefined ? 'runtime.toml' : 'default';
    return manifest !== undefined ? manifest : toml !== undefined ? toml : fallback;
  }
}

function resolveLimits(layering: Layering, { limits = {} }: RuntimeToml): Limits {
  const fallback = CONFIG_DEFAULTS.limits;
  const pick = (key: keyof typeof fallback) =>
    layering.pick<number>(`limits.${key}`, undefined, limits[key], fallback[key]);
  return {
    maxProcessesPerSession: pick('max_processes_per_session'),
    maxProcesses: pick('max_processes'),
    maxSessions: pick('max_sessions'),
    maxMessageBytes: pick('max_message_bytes'),
    mediaRoots: [...layering.pick('limits.media_roots', undefined, limits.media_roots, [])],
  };
}

function resolveMaxProcesses(
  layering: Layering,
  limits: Limits,
  manifest: MultiprocessOverrides,
  file: NonNullable<RuntimeToml['multiprocess']>,
): number {
  const name = 'multiprocess.max_processes_per_session';
  const cap = limits.maxProcessesPerSession;
  const asked = layering.pick<number | null>(
    name,
    manifest.max_processes_per_session,
    file.max_processes_per_session,
    Math.min(CONFIG_DEFAULTS.max_processes_per_session, cap),
  );
  if (asked !== null && asked > cap) {
    const setting = 'limits.max_processes_per_session';
    throw new RemoteMediaError(
      'limit.processes',
      `max_processes_per_session is ${asked} (${layering.layers[name]}), but ${setting} allows ${cap}`,
      {
        hint: `Ask for at most ${cap}, or raise ${setting} in runtime.toml.`,
        details: { asked, allowed: cap, setting },
      },
    );
  }
  return asked ?? cap;
}

function resolvePython(
  layering: Layering,
  manifest: MultiprocessOverrides,
  { python = {} }: NonNullable<RuntimeToml['multiprocess']>,
): Python {
  const pick = <T>(
    key: 'executable' | 'venv_path' | 'extra_paths' | 'modules' | 'allowed_executables',
    from: T | undefined,
    fallback: T,
  ) => layering.pick(`multiprocess.python.${key}`, undefined, from, fallback);
  const configured: Python = {
    executable: pick<string | null>('executable', python.executable, null),
    venvPath: pick<string | null>('venv_path', python.venv_path, null),
    extraPaths: [...pick<string[]>('extra_paths', python.extra_paths, [])],
    modules: [...pick<string[]>('modules', python.modules, [])],
    allowedExecutables: [...pick<string[]>('allowed_executables', python.allowed_executables, [])],
  };
  const asked = manifest.python_executable;
  if (asked === undefined || isConfigured(asked, configured)) {
    return configured;
  }
  if (!configured.allowedExecutables.includes(asked)) {
    refuseExecutable(asked, configured);
  }
  // The environment goes with the interpreter it belongs to.
  layering.layers['multiprocess.python.executable'] = 'manifest';
  layering.layers['multiprocess.python.venv_path'] = 'manifest';
  return { ...configured, executable: asked, venvPath: null };
}

/** `python` and `python3` mean the configured interpreter, whatever it is; so does its own path. */
function isConfigured(asked: string, { executable, venvPath }: Python): boolean {
  const names = ['python', 'python3'];
  if (names.includes(asked)) {
    return true;
  }
  if (venvPath !== null) {
    const root = venvPath.replace(/\/+$/, '');
    return names.some((name) => asked === `${root}/bin/${name}`);
  }
  return asked === executable;
}

function refuseExecutable(asked: string, { allowedExecutables }: Python): never {
  const problems = new ProblemCollector();
  const allowed = allowedExecutables.length === 0 ? 'none is listed' : `it lists ${allowedExecutables.join(', ')}`;
  return problems.throwWith({
    path: 'metadata.multiprocess.python_executable',
    message: `'${asked.slice(0, 200)}' is neither the configured interpreter nor in python.allowed_executables (${allowed})`,
    hint: 'Use "python", or add the path to allowed_executables under [multiprocess.python] in runtime.toml.',
  });
}

/** At least 1: a timer of a fraction of a millisecond is no timer. */
function milliseconds(seconds: number): number {
  return seconds === 0 ? 0 : Math.max(1, Math.round(seconds * 1000));
}

function timeoutMs(seconds: number | null): number | null {
  return seconds === null || seconds === 0 ? null : milliseconds(seconds);
}

function deepFreeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) {
    if (typeof inner === 'object' && inner !== null) {
      deepFreeze(inner);
    }
  }
  return Object.freeze(value);
}
