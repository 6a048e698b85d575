import type { NodeTypeInfo } from './node-types.js';
import { audioText, kindsText, paramTexts } from './report/node-text.js';

/** The text of docs/reference/nodes.md: what every built-in node type says about itself. A test holds the file to it. */
export function renderNodeReference(nodes: readonly NodeTypeInfo[]): string {
  const native = nodes.filter(({ kind }) => kind === 'native');
  const python = nodes.filter(({ kind }) => kind === 'python');
  return [
    '# Node types',
    '',
    '<!-- Made from the node types themselves: `npm test -- vitest` fails when it is stale, `npx vitest run cli/src/node-reference.test.ts --update` writes it. -->',
    '',
    'Every node type that comes with RemoteMedia. Parameters may also be spelt in camelCase. `npx remotemedia nodes list` shows which of them are ready on your machine, `npx remotemedia nodes info TYPE` what one lacks and how to get it.',
    '',
    '| node type | takes → gives | engine |',
    '|---|---|---|',
    ...nodes.map(
      (node) =>
        `| [${node.type}](#${node.type.toLowerCase()}) | ${kindsText(node.inputs)} → ${kindsText(node.outputs)} | ${node.engine?.name ?? '-'} |`,
    ),
    '',
    '## In the service',
    '',
    ...native.flatMap(renderNode),
    '## In Python processes',
    '',
    ...python.flatMap(renderNode),
  ].join('\n');
}

function renderNode(node: NodeTypeInfo): string[] {
  return [
    `### ${node.type}`,
    '',
    node.description,
    '',
    '| | |',
    '|---|---|',
    ...factsOf(node).map(([name, value]) => `| ${name} | ${cell(value)} |`),
    '',
    ...renderParams(node),
  ];
}

function factsOf(node: NodeTypeInfo): [string, string][] {
  const { engine, requirements } = node;
  const facts: [string, string][] = [
    ['takes', kindsText(node.inputs) + audioText(node.inputFormat)],
    ['gives', kindsText(node.outputs) + audioText(node.outputFormat)],
  ];
  if (node.aliases.length > 0) facts.push(['also called', node.aliases.map((name) => `\`${name}\``).join(', ')]);
  if (engine === null) return facts;
  facts.push(['engine', engine.name], ['licence of the code', engine.license]);
  if (engine.weights_license !== null) facts.push(['licence of the weights', engine.weights_license]);
  if (engine.memory !== '') facts.push(['memory', engine.memory]);
  facts.push(['without a network', engine.offline]);
  if (requirements.python !== null) facts.push(['Python', `${requirements.python} or newer`]);
  if (requirements.packages.length > 0)
    facts.push(['packages', requirements.packages.map((each) => `\`${each}\``).join(', ')]);
  for (const { name, source } of requirements.weights) facts.push(['weights by default', `\`${name}\`: ${source}`]);
  return facts;
}

function renderParams({ params }: NodeTypeInfo): string[] {
  const texts = paramTexts(params);
  if (texts === null) return ['It declares no parameters and takes any.', ''];
  if (texts.length === 0) return ['No parameters.', ''];
  return [
    '| parameter | type | default | |',
    '|---|---|---|---|',
    ...texts.map(({ name, type, default: fallback, isRequired, description }) => {
      const value = fallback === null ? (isRequired ? 'required' : '') : `\`${fallback}\``;
      return `| \`${name}\` | ${cell(type)} | ${cell(value)} | ${cell(description)} |`;
    }),
    '',
  ];
}

/** A text that fits into a cell of a table. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s*\n\s*/g, ' ');
}
