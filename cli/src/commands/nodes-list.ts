import { type ClientOptions, connect } from '@remotemedia/client';
import { z } from 'zod';
import { ACCESS_OPTIONS, accessInput, readAccess } from '../access-options.js';
import { ADDRESS_OPTION, CONFIG_OPTION, defineCommand, JSON_OPTION } from '../command.js';
import { EXIT } from '../exit-codes.js';
import { discoveryProblems, type NodeTypeInfo, nodeTypesOf } from '../node-types.js';
import { renderError } from '../render-error.js';
import { kindsText } from '../report/node-text.js';
import { type Service, withService } from '../service.js';
import { type Terminal, writeJson } from '../terminal.js';
import { textTable } from '../text-table.js';

export const nodesList = defineCommand({
  path: ['nodes', 'list'],
  summary: 'list the node types a pipeline can use',
  details: [
    'STATE is `ready`, or what the node lacks on this machine with its default parameters; `nodes info TYPE` shows what closes the gap. Modules that could not be imported are reported with their traceback on stderr.',
  ],
  arguments: [],
  options: [ADDRESS_OPTION, ...ACCESS_OPTIONS, CONFIG_OPTION, JSON_OPTION],
  examples: [
    ['remotemedia nodes list --config runtime.toml', 'the built-in nodes and those of your own modules'],
    ['remotemedia nodes list --address 127.0.0.1:50051', 'what a running service knows'],
  ],
  input: z.object({
    address: z.string().optional(),
    ...accessInput,
    config: z.string().optional(),
    json: z.boolean().default(false),
  }),
  async run({ address, config, json, ...access }, terminal) {
    if (address !== undefined) await listRemote(address, await readAccess(access, terminal.env), json, terminal);
    else {
      // Module errors are shown below the list; the log would only repeat them.
      await withService({ configPath: config ?? null, logLevel: 'silent' }, terminal, (service) =>
        listOwn(service, json, terminal),
      );
    }
    return EXIT.ok;
  },
});

async function listRemote(address: string, access: ClientOptions, json: boolean, { stdout }: Terminal): Promise<void> {
  const client = connect(address, access);
  try {
    const { supportedNodeTypes } = await client.version();
    if (json) writeJson(stdout, { nodes: supportedNodeTypes.map((type) => ({ type })) });
    else for (const type of supportedNodeTypes) stdout.write(`${type}\n`);
  } finally {
    client.close();
  }
}

async function listOwn(service: Service, json: boolean, { stdout, stderr }: Terminal): Promise<void> {
  const nodes = await nodeTypesOf(service);
  const problems = discoveryProblems(service).map(renderError);
  if (json) {
    const listed = nodes.map((node) => ({ ...node, state: node.gaps.length === 0 ? 'ready' : 'lacking' }));
    writeJson(stdout, { nodes: listed, problems: problems.map((problem) => problem.json) });
    return;
  }
  const rows = nodes.map((node) => [
    node.type,
    node.kind,
    `${kindsText(node.inputs)} → ${kindsText(node.outputs)}`,
    node.gaps.length === 0 ? 'ready' : `lacks ${[...new Set(node.gaps.map(({ kind }) => kind))].join(', ')}`,
    firstSentence(node.description),
  ]);
  stdout.write(textTable(['TYPE', 'RUNS IN', 'DATA', 'STATE', 'DESCRIPTION'], rows));
  const lacking = nodes.filter(({ gaps }) => gaps.length > 0);
  if (lacking.length > 0) stdout.write('\nWhat they lack:\n');
  for (const node of lacking) stdout.write(gapLines(node).join(''));
  for (const { text } of problems) stderr.write(`${text}\n`);
}

function gapLines({ type, gaps }: NodeTypeInfo): string[] {
  return gaps.map(({ what, remedy }) => `  ${type}: ${what}; ${remedy}\n`);
}

function firstSentence(text: string): string {
  return text.split(/(?<=\.)\s/, 1)[0] ?? '';
}
