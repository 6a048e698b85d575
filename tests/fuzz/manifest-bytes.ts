import { stringify } from 'yaml';
import type { Draw } from '../soak/draw.js';
import { hostileText, randomBytes } from './hostile-values.js';
import { bytesField, doubleField, mapEntry, numberField, protoStruct, protoValue } from './proto-bytes.js';

/** Field numbers of a manifest where it is a message of its own, and where its fields stand at top level. */
const OWN_FIELDS = { version: 1, metadata: 2, nodes: 3, connections: 4 };
const BARE_FIELDS = { version: 101, metadata: 102, nodes: 103, connections: 104 };

/** The part of an `ExecuteRequest` (or `StreamInit`, where `bare` is false) that holds a manifest, in any of the forms there are. */
export function manifestField(manifest: unknown, draw: Draw, bare: boolean): Buffer {
  const form = draw.int(0, bare ? 9 : 7);
  if (form < 2) return bytesField(105, jsonText(manifest, draw));
  if (form < 3) return bytesField(105, yamlText(manifest));
  if (form < 8) return bytesField(1, protoManifest(manifest, draw, OWN_FIELDS));
  return protoManifest(manifest, draw, BARE_FIELDS);
}

/** JSON, with numbers in it that only the text can hold. */
export function jsonText(manifest: unknown, draw: Draw): string {
  const text = JSON.stringify(manifest) ?? 'undefined';
  if (draw.chance(0.05)) return text.replace(/\d+/, '1e400');
  if (draw.chance(0.05)) return text.replace(/"(\w+)":/, '"$1":1,"$1":');
  if (draw.chance(0.05)) return `${text}${hostileText(draw)}`;
  if (draw.chance(0.05)) return text.replaceAll(',', ',\n  // why\n');
  return text;
}

function yamlText(manifest: unknown): string {
  try {
    return stringify(manifest ?? null);
  } catch {
    return String(manifest);
  }
}

/** A `PipelineManifest`. What has the wrong type for its field is written as it is, so that the bytes are wrong too. */
function protoManifest(manifest: unknown, draw: Draw, fields: typeof OWN_FIELDS): Buffer {
  const { version, metadata, nodes, connections } = objectOf(manifest);
  return Buffer.concat([
    field(fields.version, version),
    metadata === undefined ? Buffer.alloc(0) : bytesField(fields.metadata, protoMetadata(metadata)),
    ...listOf(nodes).map((node) => bytesField(fields.nodes, protoNode(node, draw))),
    ...listOf(connections).map((connection) => {
      const { from, to } = objectOf(connection);
      return bytesField(fields.connections, Buffer.concat([field(1, from), field(2, to)]));
    }),
  ]);
}

function protoMetadata(metadata: unknown): Buffer {
  const { name, description, created_at: createdAt, multiprocess } = objectOf(metadata);
  const struct = multiprocess === undefined ? Buffer.alloc(0) : bytesField(100, protoStruct(objectOf(multiprocess)));
  return Buffer.concat([field(1, name), field(2, description), field(3, createdAt), struct]);
}

function protoNode(node: unknown, draw: Draw): Buffer {
  const parts = objectOf(node);
  return Buffer.concat([
    field(1, parts['id']),
    field(2, parts['node_type'] ?? parts['nodeType']),
    ...paramsFields(parts['params'], draw),
    field(4, parts['is_streaming']),
    parts['capabilities'] === undefined ? Buffer.alloc(0) : bytesField(5, protoCapabilities(parts['capabilities'])),
    field(6, parts['host']),
    field(7, typeof parts['runtime_hint'] === 'string' ? 2 : parts['runtime_hint']),
    ...listOf(parts['input_types']).map((hint) => field(8, typeof hint === 'string' ? 1 : hint)),
    ...listOf(parts['output_types']).map((hint) => field(9, typeof hint === 'string' ? 7 : hint)),
    field(100, parts['params_json']),
  ]);
}

/** Parameters as a JSON text, as a map of values, or as something else. */
function paramsFields(params: unknown, draw: Draw): Buffer[] {
  if (params === undefined) return [];
  const form = draw.int(0, 9);
  if (form < 4) return [bytesField(3, jsonText(params, draw))];
  if (form < 8)
    return Object.entries(objectOf(params)).map(([key, value]) => bytesField(3, mapEntry(key, protoValue(value))));
  if (form < 9) return [bytesField(3, randomBytes(draw, draw.int(0, 50)))];
  return [bytesField(3, '[object Object]')];
}

function protoCapabilities(value: unknown): Buffer {
  const { gpu, cpu, memory_gb: memoryGb } = objectOf(value);
  const { type, min_memory_gb: minMemoryGb, required } = objectOf(gpu);
  const { cores, arch } = objectOf(cpu);
  return Buffer.concat([
    bytesField(1, Buffer.concat([field(1, type), doubleField(2, numberOf(minMemoryGb)), field(3, required)])),
    bytesField(2, Buffer.concat([field(1, cores), field(2, arch)])),
    doubleField(3, numberOf(memoryGb)),
  ]);
}

/** A field with whatever the value is. */
function field(number: number, value: unknown): Buffer {
  switch (typeof value) {
    case 'undefined':
      return Buffer.alloc(0);
    case 'string':
      return bytesField(number, value);
    case 'number':
      return Number.isInteger(value) ? numberField(number, value) : doubleField(number, value);
    case 'boolean':
      return numberField(number, value ? 1 : 0);
    default:
      return bytesField(number, protoValue(value));
  }
}

/** An object without a prototype has no number, and throws. */
function numberOf(value: unknown): number {
  return typeof value === 'object' ? Number.NaN : Number(value);
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
