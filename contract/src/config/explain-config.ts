import { type ConfigLayer, type ResolvedConfig, SETTING_NAMES, type SettingName } from './resolved-config.js';

/** One setting as `remotemedia config explain` prints it: with the names and units of the file. */
export interface ExplainedSetting {
  readonly name: SettingName;
  readonly value: string | number | boolean | null | readonly string[];
  readonly layer: ConfigLayer;
}

/** Every setting with its value and the layer it comes from. */
export function explainConfig(config: ResolvedConfig): ExplainedSetting[] {
  const { python, native, limits, layers } = config;
  const values: Record<SettingName, ExplainedSetting['value']> = {
    'multiprocess.max_processes_per_session': config.maxProcessesPerSession,
    'multiprocess.channel_capacity': config.channelCapacity,
    'multiprocess.init_timeout_secs': config.initTimeoutMs / 1000,
    'multiprocess.cleanup_grace_period_secs': config.cleanupGracePeriodMs / 1000,
    'multiprocess.enable_backpressure': config.enableBackpressure,
    'multiprocess.shm_segment_size': config.shmSegmentBytes,
    'multiprocess.process_timeout_secs': config.processTimeoutMs === null ? null : config.processTimeoutMs / 1000,
    'multiprocess.python.executable': python.executable,
    'multiprocess.python.venv_path': python.venvPath,
    'multiprocess.python.extra_paths': python.extraPaths,
    'multiprocess.python.modules': python.modules,
    'multiprocess.python.allowed_executables': python.allowedExecutables,
    'native.modules': native.modules,
    'limits.max_processes_per_session': limits.maxProcessesPerSession,
    'limits.max_processes': limits.maxProcesses,
    'limits.max_sessions': limits.maxSessions,
    'limits.max_message_bytes': limits.maxMessageBytes,
    'limits.media_roots': limits.mediaRoots,
  };
  return SETTING_NAMES.map((name) => ({ name, value: values[name], layer: layers[name] }));
}
