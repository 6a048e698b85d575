import { z } from 'zod';
import { DATA_KINDS } from '../frame/kinds.js';

/** The one line that the discovery process reads, and the one it writes. */

const kinds = z.array(z.enum(DATA_KINDS)).nullable();

export const probeRequest = z.object({ module_paths: z.array(z.string()), modules: z.array(z.string()) });

export const probeReport = z.object({
  /** The interpreter itself, as it names itself. */
  executable: z.string(),
  /** Of Python. */
  version: z.string(),
  /** Of the SDK. */
  sdk: z.string(),
  nodes: z.array(
    z.object({
      type: z.string(),
      module: z.string(),
      doc: z.string(),
      /** JSON Schema of the parameters; null when the node declares none. */
      params_schema: z.record(z.string(), z.unknown()).nullable(),
      /** Null means any kind. */
      input_types: kinds,
      output_types: kinds,
    }),
  ),
  /** Modules that could not be imported. */
  errors: z.array(z.object({ module: z.string(), error_type: z.string(), message: z.string(), traceback: z.string() })),
});

export type ProbeRequest = z.infer<typeof probeRequest>;
export type ProbeReport = z.infer<typeof probeReport>;
