import type { SettingValue } from './setting.js';
import type { SettingName } from './settings.js';

/** Where a value comes from, weakest first. */
export type ConfigLayer = 'default' | 'runtime.toml' | 'manifest';

/** The Python of one node type, as runtime.toml has it. */
export interface NodePythonConfig {
  readonly pythonExecutable: string | null;
  /** Wins over `pythonExecutable`. */
  readonly venvPath: string | null;
  /** What `nodes install` installs; null: what the type declares. */
  readonly requirements: readonly string[] | null;
}

/** Settings that are complete: nothing behind this sees an absent value. Frozen all the way down. */
export interface ResolvedConfig {
  readonly maxProcessesPerSession: number;
  /** Messages in flight per connection. */
  readonly channelCapacity: number;
  readonly initTimeoutMs: number;
  readonly cleanupGracePeriodMs: number;
  readonly enableBackpressure: boolean;
  /** Whether audio is converted on its way to a node that does not take it as it is. */
  readonly autoConvert: boolean;
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
    /** Where `nodes install` makes environments; null: in the user's data folder. */
    readonly environmentsPath: string | null;
  };
  /** Node types with a Python of their own, by their names or aliases. */
  readonly nodes: Readonly<Record<string, NodePythonConfig>>;
  readonly models: {
    /** Folders with weights; none: one in the user's data folder. */
    readonly paths: readonly string[];
    readonly allowDownloads: boolean;
  };
  readonly native: { readonly modules: readonly string[] };
  /** What the service allows all sessions, or any one of them. Null is no limit. */
  readonly limits: {
    readonly maxProcessesPerSession: number;
    readonly maxProcesses: number;
    readonly maxSessions: number;
    readonly maxMessageBytes: number;
    /** Cap of `shmSegmentBytes`. */
    readonly maxShmSegmentBytes: number;
    /** Committed by the connections of all sessions together. */
    readonly maxSharedMemoryBytes: number | null;
    /** Of one session. */
    readonly maxExecutionMs: number | null;
    /** Of one session: its processes together. */
    readonly maxMemoryBytes: number | null;
    readonly mediaRoots: readonly string[];
  };
  readonly service: {
    /** A client that has not read its results for this long is given up. */
    readonly stallTimeoutMs: number;
    /** How long running sessions may take to finish when the service stops. */
    readonly drainTimeoutMs: number;
    /** Between two reports of metrics to a streaming client; null: there are none. */
    readonly metricsIntervalMs: number | null;
  };
  /** PEM files; null is none. */
  readonly tls: {
    readonly certificatePath: string | null;
    readonly keyPath: string | null;
    /** Clients must show a certificate that one of these authorities has signed. */
    readonly clientCaPath: string | null;
    /** Between two looks at the files; null: they are read once. */
    readonly reloadIntervalMs: number | null;
  };
  /** Where the tokens are that calls have to send; with neither, calls need none. */
  readonly auth: {
    readonly tokensPath: string | null;
    /** Name of an environment variable. */
    readonly tokensVariable: string | null;
    readonly healthWithoutToken: boolean;
    /** Between two looks at the file; null: it is read once. */
    readonly reloadIntervalMs: number | null;
  };
  /** The layer of each value, by the setting's name in the file, for example `multiprocess.python.executable`. */
  readonly layers: Readonly<Record<SettingName, ConfigLayer>>;
  /** The values as the file has them: the same names and units. */
  readonly values: Readonly<Record<SettingName, SettingValue>>;
}
