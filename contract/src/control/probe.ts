import { z } from 'zod';
import { audioFormatSpec } from '../audio/format-spec.js';
import { DATA_KINDS } from '../frame/kinds.js';

/** The one line that the discovery process reads, and the one it writes. */

const kinds = z.array(z.enum(DATA_KINDS)).nullable();

const gap = z.object({
  kind: z.enum(['package', 'weights', 'program', 'interpreter']),
  /** A clause that names what is missing. */
  what: z.string(),
  /** What closes the gap: a command or a setting. */
  remedy: z.string(),
});

const engine = z.object({
  name: z.string(),
  license: z.string(),
  weights_license: z.string().nullable(),
  memory: z.string(),
  offline: z.string(),
});

/** What a node needs of the machine with its default parameters. */
const requirements = z.object({
  /** As pip takes them, pinned. */
  packages: z.array(z.string()),
  /** Oldest Python that will do, such as `3.12`; null: any that the SDK runs on. */
  python: z.string().nullable(),
  weights: z.array(z.object({ name: z.string(), source: z.string(), packages: z.array(z.string()) })),
  gaps: z.array(gap),
});

export const probeRequest = z.object({
  module_paths: z.array(z.string()),
  modules: z.array(z.string()),
  /** Nodes of a manifest, to be told what they lack. */
  checks: z.array(z.object({ type: z.string(), params: z.record(z.string(), z.unknown()) })),
  /** The only modules to import, by the names that a report has for them; without it all are. */
  only: z.array(z.string()).optional(),
});

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
      aliases: z.array(z.string()).default([]),
      /** Null means any, or not declared. */
      input_format: audioFormatSpec.nullable().default(null),
      output_format: audioFormatSpec.nullable().default(null),
      engine: engine.nullable().default(null),
      requirements: requirements.default({ packages: [], python: null, weights: [], gaps: [] }),
    }),
  ),
  /** What each of the checked nodes lacks, in their order. */
  checks: z.array(z.array(gap)).default([]),
  /** Modules that could not be imported. */
  errors: z.array(z.object({ module: z.string(), error_type: z.string(), message: z.string(), traceback: z.string() })),
});

/** Something that a node needs and the machine does not have. */
export type Gap = z.infer<typeof gap>;
/** What does a node's work, for people who choose one. */
export type Engine = z.infer<typeof engine>;
export type Requirements = z.infer<typeof requirements>;
export type ProbeRequest = z.infer<typeof probeRequest>;
export type ProbeReport = z.infer<typeof probeReport>;
