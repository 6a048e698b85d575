/** Where a value comes from, weakest first. */
export type ConfigLayer = 'default' | 'runtime.toml' | 'manifest';

/** Settings that are complete: nothing behind this sees an absent value. Frozen all the way down. */
export interface ResolvedConfig {
  readonly maxProcessesPerSession: number;
  /** Messages in flight per connection. */
  readonly channelCapacity: number;
  readonly initTimeoutMs: number;
  readonly cleanupGracePeriodMs: number;
  readonly enableBackpressure: boolean;
  /** Bytes in flight per connection. */
  readonly shmSegmentBytes: number;
  /** Longest time one message may take in a node's `process`; null for no limit. */
  readonly processTimeoutMs: number | null;
  readonly python: {
    /** Null when nothing names one: the service then looks for it. */
    readonly executable: string | null;
    /** Wins over `executable`. */
    readonly venvPath: string | null;
    readonly extraPaths: readonly string[];
    readonly modules: readonly string[];
    readonly allowedExecutables: readonly string[];
  };
  readonly native: { readonly modules: readonly string[] };
  readonly limits: {
    readonly maxProcessesPerSession: number;
    readonly maxProcesses: number;
    readonly maxSessions: number;
    readonly maxMessageBytes: number;
    readonly mediaRoots: readonly string[];
  };
  /** The layer of each value, by the setting's name in the file, for example `multiprocess.python.executable`. */
  readonly layers: Readonly<Record<SettingName, ConfigLayer>>;
}

/** Full names of all settings, as the file has them. */
export const SETTING_NAMES = [
  'multiprocess.max_processes_per_session',
  'multiprocess.channel_capacity',
  'multiprocess.init_timeout_secs',
  'multiprocess.cleanup_grace_period_secs',
  'multiprocess.enable_backpressure',
  'multiprocess.shm_segment_size',
  'multiprocess.process_timeout_secs',
  'multiprocess.python.executable',
  'multiprocess.python.venv_path',
  'multiprocess.python.extra_paths',
  'multiprocess.python.modules',
  'multiprocess.python.allowed_executables',
  'native.modules',
  'limits.max_processes_per_session',
  'limits.max_processes',
  'limits.max_sessions',
  'limits.max_message_bytes',
  'limits.media_roots',
] as const;

export type SettingName = (typeof SETTING_NAMES)[number];
