import { z } from 'zod';
import { SETTINGS, shapeOf } from './settings.js';

/** What a manifest may set, with the names and units that runtime.toml has. */

const shape = shapeOf('multiprocess');

/** What a manifest says in `metadata.multiprocess`: null for the processes means the service's cap. */
export const multiprocessOverrides = z
  .object({
    ...shape,
    max_processes_per_session: shape.max_processes_per_session.nullable(),
    /** Null is no limit, as 0 is. */
    process_timeout_secs: shape.process_timeout_secs.nullable(),
    /** `python`, `python3`, the configured interpreter, or one of `python.allowed_executables`. */
    python_executable: SETTINGS['multiprocess.python'].executable.schema,
  })
  .partial();

export type MultiprocessOverrides = z.infer<typeof multiprocessOverrides>;

/** Python settings that only runtime.toml may have: a remote caller must not choose what runs. */
export const SERVICE_ONLY_PYTHON_KEYS = Object.entries(SETTINGS['multiprocess.python'])
  .filter(([, { manifestKey }]) => manifestKey === null)
  .map(([key]) => key);
