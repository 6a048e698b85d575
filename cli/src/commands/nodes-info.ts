import { z } from 'zod';
import { CONFIG_OPTION, defineCommand, JSON_OPTION } from '../command.js';
import { EXIT } from '../exit-codes.js';
import { type NodeTypeInfo, nodeTypesOf } from '../node-types.js';
import { withService } from '../service.js';
import { writeJson } from '../terminal.js';
import { UsageError } from '../usage-error.js';
import { kinds } from './nodes-list.js';

export const nodesInfo = defineCommand({
  path: ['nodes', 'info'],
  summary: 'show one node type: its data and its parameters',
  details: [],
  arguments: [{ name: 'type', summary: 'name of a node type', required: true }],
  options: [CONFIG_OPTION, JSON_OPTION],
  examples: [['remotemedia nodes info AudioChunkerNode', 'its parameters, their types and defaults']],
  input: z.object({ type: z.string(), config: z.string().optional(), json: z.boolean().default(false) }),
  async run({ type, config, json }, terminal) {
    const node = await withService({ configPath: config ?? null, logLevel: 'error' }, terminal, (service) => {
      const found = nodeTypesOf(service).find((each) => each.type === type || each.aliases.includes(type));
      if (found === undefined) {
        const { message, hint } = service.catalog.explainUnknown(type);
        throw new UsageError(message, hint ?? 'see `remotemedia nodes list`');
      }
      return found;
    });
    if (json) writeJson(terminal.stdout, node);
    else terminal.stdout.write(`${describeNode(node).join('\n')}\n`);
    return EXIT.ok;
  },
});

function describeNode(node: NodeTypeInfo): string[] {
  const place = node.kind === 'python' ? 'a Python process of its own' : 'the service';
  return [
    node.type,
    ...(node.description === '' ? [] : [`  ${node.description.replaceAll('\n', '\n  ')}`]),
    '',
    `  also called:  ${node.aliases.length === 0 ? '-' : node.aliases.join(', ')}`,
    `  runs in:      ${place}`,
    `  comes from:   ${node.module ?? 'the service itself'}`,
    `  takes:        ${kinds(node.inputs)}`,
    `  gives:        ${kinds(node.outputs)}`,
    '',
    ...describeParams(node.params),
  ];
}

/** The part of a JSON Schema that a line per parameter shows; the whole is in `--json`. */
const paramsSchema = z.object({
  properties: z
    .record(
      z.string(),
      z.object({
        type: z.union([z.string(), z.array(z.string())]).optional(),
        enum: z.array(z.unknown()).optional(),
        default: z.unknown().optional(),
        description: z.string().optional(),
      }),
    )
    .default({}),
  required: z.array(z.string()).default([]),
});

function describeParams(schema: NodeTypeInfo['params']): string[] {
  if (schema === null) return ['  parameters: not declared; the node takes any'];
  const parsed = paramsSchema.safeParse(schema);
  if (!parsed.success) return [`  parameters: ${JSON.stringify(schema)}`];
  const { properties, required } = parsed.data;
  const names = Object.keys(properties);
  if (names.length === 0) return ['  parameters: none'];
  return [
    '  parameters:',
    ...Object.entries(properties).flatMap(([name, property]) => {
      const type = property.enum?.map((value) => JSON.stringify(value)).join(' | ') ?? typeText(property.type);
      const fallback = property.default === undefined ? '' : `, default ${JSON.stringify(property.default)}`;
      // A schema of the validated form lists what has a default as required too.
      const must = required.includes(name) && property.default === undefined ? ', required' : '';
      return [
        `    ${name}: ${type}${fallback}${must}`,
        ...(property.description === undefined ? [] : [`        ${property.description}`]),
      ];
    }),
  ];
}

function typeText(type: string | string[] | undefined): string {
  if (type === undefined) return 'any';
  return typeof type === 'string' ? type : type.join(' | ');
}
