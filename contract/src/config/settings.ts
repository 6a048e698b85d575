import { z } from 'zod';
import { setting } from './setting.js';

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;
/** A number that every length in the system can hold. */
const BYTES_LIMIT = 2 ** 40;
/** Most that a 32-bit length on the wire can hold. */
const MESSAGE_LIMIT_BYTES = 2 ** 31 - 1;
/** Longest time a timer can wait, in seconds. */
const TIMER_LIMIT_SECS = 2_147_483;

const text = z.string().min(1);
const texts = z.array(text);
const seconds = z.number().min(0).max(TIMER_LIMIT_SECS);
const bytes = z.int().min(1).max(BYTES_LIMIT);

/** Every setting there is, by the table of runtime.toml that it stands in. */
export const SETTINGS = {
  multiprocess: {
    max_processes_per_session: setting({
      schema: z.int().min(1),
      default: 10,
      unit: 'processes',
      description: 'Python processes that one session may have; each Python node is one.',
      manifestKey: 'max_processes_per_session',
      manifestNull: 'as many as the cap allows',
      cap: 'limits.max_processes_per_session',
    }),
    channel_capacity: setting({
      schema: z.int().min(1).max(10_000),
      default: 100,
      unit: 'messages',
      description: 'Messages in flight on each connection before its sender waits or the oldest is dropped.',
      manifestKey: 'channel_capacity',
    }),
    init_timeout_secs: setting({
      schema: z.number().positive().max(3600),
      default: 30,
      unit: 'seconds',
      description: 'Time for the whole start of a node, from its spawning to the end of `initialize()`.',
      manifestKey: 'init_timeout_secs',
    }),
    cleanup_grace_period_secs: setting({
      schema: seconds,
      default: 5,
      unit: 'seconds',
      zero: 'killed at once',
      description: 'Time that a node process gets for its `cleanup()` before it is killed.',
      manifestKey: 'cleanup_grace_period_secs',
    }),
    enable_backpressure: setting({
      schema: z.boolean(),
      default: true,
      description:
        'Full connections: true lets the sender wait and loses nothing, false drops the oldest and counts it.',
      manifestKey: 'enable_backpressure',
    }),
    auto_convert: setting({
      schema: z.boolean(),
      default: false,
      description:
        'Audio that a node does not take: true converts it on the way to the node, false refuses the manifest or the data.',
      manifestKey: 'auto_convert',
    }),
    shm_segment_size: setting({
      schema: bytes,
      default: 256 * MIB,
      unit: 'bytes',
      description: 'Bytes in flight on each connection; a message that is larger is refused.',
      manifestKey: 'shm_segment_size',
      cap: 'limits.max_shm_segment_size',
    }),
    process_timeout_secs: setting({
      schema: seconds,
      default: 0,
      unit: 'seconds',
      zero: 'no limit',
      description:
        'Longest time that one message may take in `process`, and all of `flush`, before the node counts as unresponsive.',
      manifestKey: 'process_timeout_secs',
      manifestNull: 'no limit',
    }),
  },
  'multiprocess.python': {
    executable: setting({
      schema: text,
      default: null,
      description: 'The Python that runs the nodes, a path or a name on the PATH; without one it is looked for.',
      manifestKey: 'python_executable',
    }),
    venv_path: setting({
      schema: text,
      default: null,
      description: 'A virtual environment whose Python runs the nodes; it wins over `executable`.',
    }),
    extra_paths: setting({
      schema: texts,
      default: [],
      description: 'Folders whose Python files are imported for node classes.',
    }),
    modules: setting({
      schema: texts,
      default: [],
      description: 'Python modules that are imported, by name, for node classes.',
    }),
    allowed_executables: setting({
      schema: texts,
      default: [],
      description: 'Other interpreters that a manifest may name as its `python_executable`.',
    }),
    environments_path: setting({
      schema: text,
      default: null,
      description:
        "Folder of the environments that `nodes install` makes; without it `remotemedia/environments` in the user's data folder.",
    }),
  },
  models: {
    paths: setting({
      schema: texts,
      default: [],
      description:
        "Folders with the weights of models, in the order they are searched; with none, `remotemedia/models` in the user's data folder.",
    }),
    allow_downloads: setting({
      schema: z.boolean(),
      default: false,
      description: 'Whether nodes may fetch weights that are not on this machine.',
    }),
  },
  native: {
    modules: setting({
      schema: texts,
      default: [],
      description: 'JavaScript files or packages with native node types.',
    }),
  },
  limits: {
    max_processes_per_session: setting({
      schema: z.int().min(1),
      default: 100,
      unit: 'processes',
      description: 'Most Python processes that a session may ask for.',
    }),
    max_processes: setting({
      schema: z.int().min(1),
      default: 200,
      unit: 'processes',
      description: 'Python processes of all sessions together.',
    }),
    max_sessions: setting({
      schema: z.int().min(1),
      default: 100,
      unit: 'sessions',
      description: 'Sessions at the same time.',
    }),
    max_message_bytes: setting({
      schema: z.int().min(KIB).max(MESSAGE_LIMIT_BYTES),
      default: 64 * MIB,
      unit: 'bytes',
      description: 'Size of the data in one gRPC message, each way; what stands around it may take a thousandth more.',
    }),
    max_shm_segment_size: setting({
      schema: bytes,
      default: GIB,
      unit: 'bytes',
      description: 'Most that a manifest may ask for as its `shm_segment_size`.',
    }),
    max_shared_memory: setting({
      schema: z.int().min(0).max(BYTES_LIMIT),
      default: 0,
      unit: 'bytes',
      zero: 'no limit',
      description: 'Shared memory that the connections of all sessions may have committed together.',
    }),
    max_execution_secs: setting({
      schema: seconds,
      default: 0,
      unit: 'seconds',
      zero: 'no limit',
      description: 'Longest time that a session may run; a request may ask for less.',
    }),
    max_memory_bytes: setting({
      schema: z.int().min(0).max(BYTES_LIMIT),
      default: 0,
      unit: 'bytes',
      zero: 'no limit',
      description: 'Memory that the processes of a session may use together; a request may ask for less.',
    }),
    media_roots: setting({
      schema: texts,
      default: [],
      description: 'Folders that file nodes may read from and write to.',
    }),
  },
  service: {
    stall_timeout_secs: setting({
      schema: z.number().positive().max(TIMER_LIMIT_SECS),
      default: 60,
      unit: 'seconds',
      description: 'Time after which a client that does not read its results is given up.',
    }),
    drain_timeout_secs: setting({
      schema: seconds,
      default: 30,
      unit: 'seconds',
      zero: 'sessions are cancelled at once',
      description: 'Time that running sessions get to finish when the service is told to stop.',
    }),
    metrics_interval_secs: setting({
      schema: seconds,
      default: 10,
      unit: 'seconds',
      zero: 'none',
      description: 'Time between two reports of metrics to a streaming client.',
    }),
  },
  tls: {
    certificate: setting({
      schema: text,
      default: null,
      description: 'PEM file: the certificate of the service with its chain; with `key`, all connections are TLS.',
    }),
    key: setting({
      schema: text,
      default: null,
      description: 'PEM file: the private key of the certificate, without a passphrase.',
    }),
    client_ca: setting({
      schema: text,
      default: null,
      description:
        'PEM file: authorities, one of which must have signed the certificate that a client then has to show.',
    }),
    reload_interval_secs: setting({
      schema: seconds,
      default: 10,
      unit: 'seconds',
      zero: 'never',
      description: 'Time between two looks at whether these files have changed; new connections then use the new ones.',
    }),
  },
  auth: {
    tokens_file: setting({
      schema: text,
      default: null,
      description: 'TOML file with the tokens, one of which every call then has to send.',
    }),
    tokens_variable: setting({
      schema: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'Must be the name of an environment variable'),
      default: null,
      description: 'Environment variable that holds one token, or the text of such a file.',
    }),
    health_without_token: setting({
      schema: z.boolean(),
      default: false,
      description: 'Whether `grpc.health.v1.Health` answers calls without a token, for probes that cannot send one.',
    }),
    reload_interval_secs: setting({
      schema: seconds,
      default: 10,
      unit: 'seconds',
      zero: 'never',
      description: 'Time between two looks at whether the file has changed; new calls then need the new tokens.',
    }),
  },
};

export type Settings = typeof SETTINGS;
export type TableName = keyof Settings;
/** The full name of a setting, for example `multiprocess.python.executable`. */
export type SettingName = { [Table in TableName]: `${Table}.${keyof Settings[Table] & string}` }[TableName];

/** Full names of all settings, in the order of the file. */
export const SETTING_NAMES: readonly SettingName[] = Object.entries(SETTINGS).flatMap(([table, settings]) =>
  Object.keys(settings).map((key) => `${table}.${key}` as SettingName),
);

/** The schemas of a table's settings, for an object schema. */
export function shapeOf<Table extends TableName>(
  table: Table,
): { [Key in keyof Settings[Table]]: Settings[Table][Key] extends { schema: infer Schema } ? Schema : never } {
  const entries = Object.entries(SETTINGS[table]).map(([key, { schema }]) => [key, schema]);
  return Object.fromEntries(entries) as ReturnType<typeof shapeOf<Table>>;
}
