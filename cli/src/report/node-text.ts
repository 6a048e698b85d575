/** One node type as lines for a person. */
import type { AudioFormatSpec } from '@remotemedia/contract';
import { z } from 'zod';
import type { NodeTypeInfo } from '../node-types.js';

/** The kinds of data that a node takes or gives. */
export function kindsText(names: NodeTypeInfo['inputs']): string {
  if (names === 'any') return 'any';
  return names.length === 0 ? 'none' : names.join(', ');
}

export function nodeText(node: NodeTypeInfo): string[] {
  const place = node.kind === 'python' ? 'a Python process of its own' : 'the service';
  return [
    node.type,
    ...(node.description === '' ? [] : [`  ${node.description.replaceAll('\n', '\n  ')}`]),
    '',
    `  also called:  ${node.aliases.length === 0 ? '-' : node.aliases.join(', ')}`,
    `  runs in:      ${place}`,
    `  comes from:   ${node.module ?? 'the service itself'}`,
    `  takes:        ${kindsText(node.inputs)}${audioText(node.inputFormat)}`,
    `  gives:        ${kindsText(node.outputs)}${audioText(node.outputFormat)}`,
    ...engineLines(node),
    ...stateLines(node),
    '',
    ...paramLines(node.params),
  ];
}

/** ` (16000 Hz, 1 channel, i16)`; nothing where any audio will do. */
export function audioText(spec: AudioFormatSpec | null): string {
  if (spec === null) return '';
  const rate = fieldText(spec.sample_rate, (rates) => `${rates} Hz`, 'the rate');
  const channels = fieldText(
    spec.channels,
    (counts) => `${counts} ${counts === '1' ? 'channel' : 'channels'}`,
    'the channels',
  );
  const format = fieldText(spec.format, (names) => names, 'the sample format');
  const parts = [rate, channels, format].filter((part) => part !== null);
  if (parts.length === 3 && parts.every((part) => part.endsWith(OF_INPUT))) return ' (in the format of the input)';
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

const OF_INPUT = ' of the input';

function fieldText(
  field: AudioFormatSpec[keyof AudioFormatSpec],
  text: (values: string) => string,
  noun: string,
): string | null {
  if (field === null) return null;
  if (field === 'input') return `${noun}${OF_INPUT}`;
  if (typeof field === 'string') return `${noun} of ${field.replace('param:', '')}`;
  return text(field.join(' or '));
}

function engineLines({ engine, requirements }: NodeTypeInfo): string[] {
  if (engine === null) return [];
  const weights = engine.weights_license === null ? '' : `; weights ${engine.weights_license}`;
  const { packages, python } = requirements;
  return [
    `  engine:       ${engine.name}`,
    `  licence:      ${engine.license}${weights}`,
    ...(engine.memory === '' ? [] : [`  memory:       ${engine.memory}`]),
    `  offline:      ${engine.offline}`,
    ...(python === null ? [] : [`  Python:       ${python} or newer`]),
    ...(packages.length === 0 ? [] : [`  packages:     ${packages.join(', ')}`]),
    ...requirements.weights.map(({ name, source }) => `  weights:      ${name} (${source})`),
  ];
}

function stateLines({ gaps }: NodeTypeInfo): string[] {
  if (gaps.length === 0) return ['  state:        ready'];
  return gaps.flatMap(({ what, remedy }) => [`  not ready:    ${what}`, `  remedy:       ${remedy}`]);
}

const paramSchema = z.object({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  enum: z.array(z.unknown()).optional(),
  anyOf: z.array(z.object({ type: z.string().optional() })).optional(),
  default: z.unknown().optional(),
  description: z.string().optional(),
  'x-unit': z.string().optional(),
  'x-aliases': z.record(z.string(), z.unknown()).optional(),
});

/** The part of a JSON Schema that a line per parameter shows; the whole is in `--json`. */
const paramsSchema = z.object({
  properties: z.record(z.string(), paramSchema).default({}),
  required: z.array(z.string()).default([]),
});

/** One parameter as a reference shows it. */
export interface ParamText {
  readonly name: string;
  readonly type: string;
  /** As JSON; null: none. */
  readonly default: string | null;
  readonly isRequired: boolean;
  readonly description: string;
}

/** The declared parameters; null: none are declared, or not as an object schema. */
export function paramTexts(schema: NodeTypeInfo['params']): ParamText[] | null {
  const parsed = paramsSchema.safeParse(schema);
  if (schema === null || !parsed.success) return null;
  const { properties, required } = parsed.data;
  return Object.entries(properties).map(([name, property]) => ({
    name,
    type: typeText(property),
    default: property.default === undefined ? null : JSON.stringify(property.default),
    // A schema of the validated form lists what has a default as required too.
    isRequired: required.includes(name) && property.default === undefined,
    description: [property.description, aliasText(property['x-aliases'])].filter(Boolean).join(' '),
  }));
}

function paramLines(schema: NodeTypeInfo['params']): string[] {
  if (schema === null) return ['  parameters: not declared; the node takes any'];
  const params = paramTexts(schema);
  if (params === null) return [`  parameters: ${JSON.stringify(schema)}`];
  if (params.length === 0) return ['  parameters: none'];
  return [
    '  parameters:',
    ...params.flatMap(({ name, type, default: fallback, isRequired, description }) => [
      `    ${name}: ${type}${fallback === null ? '' : `, default ${fallback}`}${isRequired ? ', required' : ''}`,
      ...(description === '' ? [] : [`        ${description}`]),
    ]),
  ];
}

function typeText(property: z.output<typeof paramSchema>): string {
  const { type, enum: values, anyOf, 'x-unit': unit } = property;
  const types = type ?? anyOf?.flatMap((each) => each.type ?? []);
  const text =
    values?.map((value) => JSON.stringify(value)).join(' | ') ?? ([types ?? 'any'].flat().join(' | ') || 'any');
  return unit === undefined ? text : `${text} (${unit})`;
}

function aliasText(aliases: Readonly<Record<string, unknown>> | undefined): string {
  const names = Object.entries(aliases ?? {}).map(([name, meant]) => `${name} for ${String(meant)}`);
  return names.length === 0 ? '' : `Other names: ${names.join(', ')}.`;
}
