import { z } from 'zod';
import { allSettings } from './explain-config.js';
import { NODE_SETTINGS } from './node-settings.js';
import type { Setting, SettingValue } from './setting.js';
import { SETTINGS, type TableName } from './settings.js';

const TABLE_TEXTS: Readonly<Record<TableName, string>> = {
  multiprocess: 'Node processes and the connections between nodes. A manifest may set these too.',
  'multiprocess.python': 'The Python of the node processes.',
  models: 'Weights of models, for every Python node.',
  native: 'Node types that run in the service itself.',
  limits: 'What the service allows. A manifest cannot change it.',
  service: 'The service itself.',
  tls: 'Encrypted connections, and which clients may connect. The guide is docs/guide/security.md.',
  auth: 'Tokens, and who needs none. The tokens themselves never stand in this file.',
};

interface DocumentedTable {
  readonly title: string;
  readonly text: string;
  readonly settings: readonly (Setting & { readonly key: string })[];
}

/** Its name is an example: there is one for each node type. */
const NODE_TABLE: DocumentedTable = {
  title: 'multiprocess.nodes.WhisperNode',
  text: 'The Python of one node type, here WhisperNode. The guide is docs/guide/node-environments.md.',
  settings: Object.entries(NODE_SETTINGS).map(([key, setting]) => ({ ...setting, key })),
};

const TABLES: readonly DocumentedTable[] = (Object.keys(SETTINGS) as TableName[]).flatMap((title) => {
  const settings = allSettings().filter(({ table }) => table === title);
  const table = { title, text: TABLE_TEXTS[title], settings };
  return title === 'multiprocess.python' ? [table, NODE_TABLE] : [table];
});

/** The text of docs/reference/config.md. */
export function renderConfigReference(): string {
  return [
    '# Configuration',
    '',
    'Made from the settings themselves; do not edit. The guide is [configuration](../guide/configuration.md).',
    '',
    'Every setting may stand in `runtime.toml`. Where the column *manifest* has a name, a manifest may set it too, in',
    '`metadata.multiprocess`. The strongest layer wins: manifest, then `runtime.toml`, then the default.',
    '`remotemedia config explain [MANIFEST]` shows which value each setting has and where it comes from.',
    ...TABLES.flatMap(renderTable),
    '',
  ].join('\n');
}

function renderTable({ title, text, settings }: DocumentedTable): string[] {
  return [
    '',
    `## [${title}]`,
    '',
    text,
    '',
    '| key | default | allowed | unit | manifest | what it does |',
    '|---|---|---|---|---|---|',
    ...settings.map(({ key, manifestKey, unit, ...setting }) => {
      const fallback = setting.default === null ? 'none' : `\`${tomlValue(setting.default as SettingValue)}\``;
      const inManifest = manifestKey === null ? '—' : `\`${manifestKey}\``;
      return `| \`${key}\` | ${fallback} | ${allowedBy(setting.schema)} | ${unit ?? '—'} | ${inManifest} | ${effectOf(setting)} |`;
    }),
  ];
}

/** The values that a schema takes, in words. */
function allowedBy(schema: z.ZodType): string {
  const { type, minimum, exclusiveMinimum, maximum } = z.toJSONSchema(schema);
  if (type === 'boolean') return '`true` or `false`';
  if (type === 'string') return 'a text';
  if (type === 'array') return 'a list of texts';
  const least = exclusiveMinimum === undefined ? `at least ${minimum}` : `more than ${exclusiveMinimum}`;
  const isBounded = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER;
  const most = isBounded ? `, at most ${maximum}` : '';
  return `${type === 'integer' ? 'an integer' : 'a number'} of ${least}${most}`;
}

function effectOf({ description, zero, manifestNull, cap }: Omit<Setting, 'unit' | 'manifestKey'>): string {
  return [
    description,
    ...(zero === null ? [] : [`\`0\`: ${zero}.`]),
    ...(manifestNull === null ? [] : [`\`null\` in a manifest: ${manifestNull}.`]),
    ...(cap === null ? [] : [`At most \`${cap}\`.`]),
  ].join(' ');
}

/** The text of runtime.toml.example: every key with its default, in comments. */
export function renderRuntimeTomlExample(): string {
  return [
    '# Settings of the service. Copy this file to runtime.toml in the folder where the service starts, and take the "#"',
    '# away from what you want to change. What stands here are the defaults. Relative paths start from the folder of the',
    '# file. `remotemedia config explain` shows what is in force.',
    ...TABLES.flatMap(({ title, text, settings }) => [
      '',
      `# ${text}`,
      // An empty table would name a node type that may not be there.
      `${title === NODE_TABLE.title ? '# ' : ''}[${title}]`,
      ...settings.flatMap(exampleLines),
    ]),
    '',
  ].join('\n');
}

/** A path that is a default has none; then an example stands in its place. */
const EXAMPLES: Readonly<Record<string, SettingValue>> = {
  executable: 'python3',
  python_executable: 'python3.12',
  environments_path: 'environments',
  requirements: ['faster-whisper==1.2.1'],
  venv_path: '.venv',
  certificate: 'tls/service.pem',
  key: 'tls/service-key.pem',
  client_ca: 'tls/clients.pem',
  tokens_file: 'tokens.toml',
  tokens_variable: 'REMOTEMEDIA_TOKENS',
};

function exampleLines({ key, unit, ...setting }: DocumentedTable['settings'][number]): string[] {
  const { default: fallback } = setting;
  const value = fallback === null ? (EXAMPLES[key] ?? '') : (fallback as SettingValue);
  const notes = [
    ...(unit === null ? [] : [unit]),
    ...(setting.zero === null ? [] : [`0: ${setting.zero}`]),
    ...(fallback === null ? ['no default; this is an example'] : []),
  ];
  const note = notes.length === 0 ? '' : `  # ${notes.join('; ')}`;
  return ['', `# ${setting.description}`, `# ${key} = ${tomlValue(value)}${note}`];
}

/** A value as TOML writes it; for these types JSON writes the same. */
function tomlValue(value: SettingValue): string {
  return JSON.stringify(value);
}
