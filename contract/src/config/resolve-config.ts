import type { ErrorCode } from '../errors/codes.js';
import { RemoteMediaError } from '../errors/error.js';
import { Layering, withoutNulls } from './layering.js';
import type { MultiprocessOverrides } from './multiprocess.js';
import { resolveNodes } from './node-settings.js';
import { chosenExecutable } from './python-executable.js';
import type { ResolvedConfig } from './resolved-config.js';
import type { RuntimeToml } from './runtime-toml.js';
import type { SettingName, Settings } from './settings.js';

/** What is laid over what. Leave a layer out when there is none. */
export interface ConfigLayers {
  readonly toml?: RuntimeToml;
  /** `metadata.multiprocess` of a manifest that was parsed. */
  readonly manifest?: MultiprocessOverrides;
  /** Folder that relative paths start from; only spellings of an interpreter's path are compared with it. */
  readonly baseDirectory?: string;
}

type Limits = ResolvedConfig['limits'];
type Python = ResolvedConfig['python'];

/**
 * The settings of the service (without a manifest) or of one session (with its manifest's).
 *
 * @throws RemoteMediaError `limit.processes` and `limit.shared_memory` for more than a cap, `manifest.invalid` for an
 *   interpreter that a manifest may not name.
 */
export function resolveConfig({ toml = {}, manifest = {}, baseDirectory = '/' }: ConfigLayers): ResolvedConfig {
  // The caps are the file's alone, and a null of a manifest means one of them.
  const caps = new Layering(toml, {});
  const layering = new Layering(toml, withoutNulls(manifest, caps.pick('limits', 'max_processes_per_session')));
  const limits = resolveLimits(layering);
  const config = {
    maxProcessesPerSession: capped(layering, {
      key: 'max_processes_per_session',
      cap: limits.maxProcessesPerSession,
      setting: 'limits.max_processes_per_session',
      code: 'limit.processes',
    }),
    channelCapacity: layering.pick('multiprocess', 'channel_capacity'),
    initTimeoutMs: milliseconds(layering.pick('multiprocess', 'init_timeout_secs')),
    cleanupGracePeriodMs: milliseconds(layering.pick('multiprocess', 'cleanup_grace_period_secs')),
    enableBackpressure: layering.pick('multiprocess', 'enable_backpressure'),
    autoConvert: layering.pick('multiprocess', 'auto_convert'),
    shmSegmentBytes: capped(layering, {
      key: 'shm_segment_size',
      cap: limits.maxShmSegmentBytes,
      setting: 'limits.max_shm_segment_size',
      code: 'limit.shared_memory',
    }),
    processTimeoutMs: orNull(milliseconds(layering.pick('multiprocess', 'process_timeout_secs'))),
    python: resolvePython(layering, manifest, baseDirectory),
    nodes: resolveNodes(toml.multiprocess?.nodes ?? {}),
    models: {
      paths: [...layering.pick('models', 'paths')],
      allowDownloads: layering.pick('models', 'allow_downloads'),
    },
    native: { modules: [...layering.pick('native', 'modules')] },
    limits,
    service: {
      stallTimeoutMs: milliseconds(layering.pick('service', 'stall_timeout_secs')),
      drainTimeoutMs: milliseconds(layering.pick('service', 'drain_timeout_secs')),
      metricsIntervalMs: orNull(milliseconds(layering.pick('service', 'metrics_interval_secs'))),
    },
    tls: {
      certificatePath: layering.pick('tls', 'certificate'),
      keyPath: layering.pick('tls', 'key'),
      clientCaPath: layering.pick('tls', 'client_ca'),
      reloadIntervalMs: orNull(milliseconds(layering.pick('tls', 'reload_interval_secs'))),
    },
    auth: {
      tokensPath: layering.pick('auth', 'tokens_file'),
      tokensVariable: layering.pick('auth', 'tokens_variable'),
      healthWithoutToken: layering.pick('auth', 'health_without_token'),
      reloadIntervalMs: orNull(milliseconds(layering.pick('auth', 'reload_interval_secs'))),
    },
  };
  const { layers, values } = layering;
  // Copies, so that freezing them leaves the caller's own lists as they are.
  return deepFreeze({ ...config, layers, values: structuredClone(values) });
}

function resolveLimits(layering: Layering): Limits {
  return {
    maxProcessesPerSession: layering.pick('limits', 'max_processes_per_session'),
    maxProcesses: layering.pick('limits', 'max_processes'),
    maxSessions: layering.pick('limits', 'max_sessions'),
    maxMessageBytes: layering.pick('limits', 'max_message_bytes'),
    maxShmSegmentBytes: layering.pick('limits', 'max_shm_segment_size'),
    maxSharedMemoryBytes: orNull(layering.pick('limits', 'max_shared_memory')),
    maxExecutionMs: orNull(milliseconds(layering.pick('limits', 'max_execution_secs'))),
    maxMemoryBytes: orNull(layering.pick('limits', 'max_memory_bytes')),
    mediaRoots: [...layering.pick('limits', 'media_roots')],
  };
}

interface Cap {
  readonly key: 'max_processes_per_session' | 'shm_segment_size';
  readonly cap: number;
  /** Name of the cap. */
  readonly setting: SettingName;
  readonly code: ErrorCode;
}

/** A value that may be at most its cap. A default follows a lower cap; what someone asked for is refused. */
function capped(layering: Layering, { key, cap, setting, code }: Cap): number {
  const asked = layering.pick('multiprocess', key);
  const name = `multiprocess.${key}` as const;
  const layer = layering.layers[name];
  if (asked <= cap) {
    return asked;
  }
  if (layer === 'default') {
    layering.set(name, cap, layer);
    return cap;
  }
  throw new RemoteMediaError(code, `${key} is ${asked} (${layer}), but ${setting} allows ${cap}`, {
    hint: `Ask for at most ${cap}, or raise ${setting} in runtime.toml.`,
    details: { asked, allowed: cap, setting },
  });
}

function resolvePython(layering: Layering, manifest: MultiprocessOverrides, baseDirectory: string): Python {
  const pick = <Key extends keyof Settings['multiprocess.python']>(key: Key) =>
    layering.pick('multiprocess.python', key);
  const configured: Python = {
    executable: pick('executable'),
    venvPath: pick('venv_path'),
    extraPaths: [...pick('extra_paths')],
    modules: [...pick('modules')],
    allowedExecutables: [...pick('allowed_executables')],
    environmentsPath: pick('environments_path'),
  };
  const asked = manifest.python_executable;
  const chosen = asked === undefined ? null : chosenExecutable(asked, configured, baseDirectory);
  if (chosen === null) {
    return configured;
  }
  // The environment goes with the interpreter it belongs to.
  layering.set('multiprocess.python.executable', chosen, 'manifest');
  layering.set('multiprocess.python.venv_path', null, 'manifest');
  return { ...configured, executable: chosen, venvPath: null };
}

/** At least 1: a timer of a fraction of a millisecond is no timer. */
function milliseconds(seconds: number): number {
  return seconds === 0 ? 0 : Math.max(1, Math.round(seconds * 1000));
}

/** For settings whose 0 means that there is none. */
function orNull(value: number): number | null {
  return value === 0 ? null : value;
}

function deepFreeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) {
    if (typeof inner === 'object' && inner !== null) {
      deepFreeze(inner);
    }
  }
  return Object.freeze(value);
}
