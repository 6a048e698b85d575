import { z } from 'zod';
import { DATA_KINDS } from '../frame/kinds.js';
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
const typeHints = z
  .array(typeHint)
  .default([])
  .transform((hints) => hints.filter((name) => name !== null));

export const manifestShape = z.object({
  version: z.literal('v1'),
  metadata: z.record(z.string(), z.unknown()).default({}),
  nodes: z.array(z.unknown()).default([]),
  connections: z.array(z.unknown()).default([]),
});

export const metadataShape = z.object({
  name: z.string().default(''),
  description: z.string().default(''),
  created_at: z.string().default(''),
  multiprocess: z.record(z.string(), z.unknown()).default({}),
});

export const nodeShape = z.object({
  id: z.string(),
  node_type: z.string(),
  params: z.unknown().optional(),
  params_json: z.string().optional(),
  is_streaming: z.boolean().default(false),
  capabilities: z.record(z.string(), z.unknown()).optional(),
  host: z.string().default(''),
  runtime_hint: runtimeHint.default(null),
  input_types: typeHints,
  output_types: typeHints,
});

export const connectionShape = z.object({ from: z.string(), to: z.string() });

export const capabilitiesShape = z.object({
  gpu: z.record(z.string(), z.unknown()).optional(),
  cpu: z.record(z.string(), z.unknown()).optional(),
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
