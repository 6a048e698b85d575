import { z } from 'zod';
import { DATA_KINDS } from '../frame/kinds.js';
import { isPlainObject } from '../problems/describe.js';
import type { RuntimeHint, TypeHint } from './manifest.js';

/** The shapes of a manifest's parts, after their keys were brought into one spelling. */

const TYPE_HINTS: readonly TypeHint[] = [...DATA_KINDS, 'any'];
/** By their number on the wire; 0 is unspecified. */
const TYPE_HINT_NUMBERS: readonly (TypeHint | null)[] = [
  null,
  'audio',
  'video',
  'tensor',
  'json',
  'text',
  'binary',
  'any',
  'file',
];
const RUNTIME_HINTS: readonly RuntimeHint[] = ['rustpython', 'cpython', 'cpython_wasm', 'auto'];
const RUNTIME_HINT_NUMBERS: readonly (RuntimeHint | null)[] = [null, ...RUNTIME_HINTS];

const typeHint = hint(TYPE_HINTS, TYPE_HINT_NUMBERS, 'DATA_TYPE_HINT_');
const runtimeHint = hint(RUNTIME_HINTS, RUNTIME_HINT_NUMBERS, 'RUNTIME_HINT_');
/** There are fewer kinds; a list of a million mistakes would make a million problems. */
const TYPE_HINT_LIMIT = 100;
const typeHints = z
  .array(z.unknown())
  .max(TYPE_HINT_LIMIT)
  .pipe(z.array(typeHint))
  .default([])
  .transform((hints) => hints.filter((name) => name !== null));

/** An object whose keys are looked at later. Not `z.record`, which copies them one by one. */
const table = z.custom<Record<string, unknown>>(isPlainObject, 'Must be an object');

export const manifestShape = z.object({
  version: z.literal('v1'),
  metadata: table.default({}),
  nodes: z.array(z.unknown()).default([]),
  connections: z.array(z.unknown()).default([]),
});

export const metadataShape = z.object({
  name: z.string().default(''),
  description: z.string().default(''),
  created_at: z.string().default(''),
  multiprocess: table.default({}),
});

export const nodeShape = z.object({
  id: z.string(),
  node_type: z.string(),
  params: z.unknown().optional(),
  params_json: z.string().optional(),
  is_streaming: z.boolean().default(false),
  capabilities: table.optional(),
  host: z.string().default(''),
  runtime_hint: runtimeHint.default(null),
  input_types: typeHints,
  output_types: typeHints,
});

export const connectionShape = z.object({ from: z.string(), to: z.string() });

export const capabilitiesShape = z.object({
  gpu: table.optional(),
  cpu: table.optional(),
  memory_gb: z.number().min(0).default(0),
});

export const gpuShape = z.object({
  type: z.string().default(''),
  min_memory_gb: z.number().min(0).default(0),
  required: z.boolean().default(false),
});

export const cpuShape = z.object({ cores: z.int().min(0).default(0), arch: z.string().default('') });

/** An enum value by its number, its full name on the wire, or its short name in any case. */
function hint<Name extends string>(names: readonly Name[], numbers: readonly (Name | null)[], prefix: string) {
  return z.union([z.string(), z.number()]).transform((value, context): Name | null => {
    const found =
      typeof value === 'number'
        ? numbers[value]
        : [...names, null].find((name) => (name ?? 'unspecified') === shortName(value, prefix));
    if (found === undefined) {
      context.addIssue({ code: 'custom', message: `Must be one of ${names.join(', ')}`, input: value });
      return z.NEVER;
    }
    return found;
  });
}

function shortName(value: string, prefix: string): string {
  const upper = value.toUpperCase();
  return (upper.startsWith(prefix) ? upper.slice(prefix.length) : upper).toLowerCase();
}
