import { z } from 'zod';

/** The settings that both runtime.toml and a manifest may have, with the names and units they have there. */

const SHM_LIMIT = 2 ** 40;
/** Longest time a timer can wait, in seconds. */
const TIMER_LIMIT_SECS = 2_147_483;

export const multiprocessShape = {
  /** Python processes of one session. */
  max_processes_per_session: z.int().min(1),
  /** Messages in flight per connection. */
  channel_capacity: z.int().min(1).max(10_000),
  /** For the whole start of a node, up to the end of `initialize()`. */
  init_timeout_secs: z.number().positive().max(3600),
  /** For `flush()` and `cleanup()` when a process is stopped. */
  cleanup_grace_period_secs: z.number().min(0).max(TIMER_LIMIT_SECS),
  /** True: wait, lose nothing. False: drop the oldest, count every drop. */
  enable_backpressure: z.boolean(),
  /** Bytes in flight per connection. */
  shm_segment_size: z.int().min(1).max(SHM_LIMIT),
  /** Longest time one message may take in `process`; 0 for no limit. */
  process_timeout_secs: z.number().min(0).max(TIMER_LIMIT_SECS),
};

/** What a manifest says in `metadata.multiprocess`: null for the processes means the service's cap. */
export const multiprocessOverrides = z
  .object({
    ...multiprocessShape,
    max_processes_per_session: multiprocessShape.max_processes_per_session.nullable(),
    /** Null is no limit, as 0 is. */
    process_timeout_secs: multiprocessShape.process_timeout_secs.nullable(),
    /** `python`, `python3`, the configured interpreter, or one of `python.allowed_executables`. */
    python_executable: z.string().min(1),
  })
  .partial();

export type MultiprocessOverrides = z.infer<typeof multiprocessOverrides>;

/** Python settings that only runtime.toml may have: a remote caller must not choose what runs. */
export const SERVICE_ONLY_PYTHON_KEYS = ['venv_path', 'extra_paths', 'modules', 'allowed_executables'] as const;
