import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errorOf, type Message } from '../../harness/client.js';
import { chainOf, outputOf, textOf } from '../../harness/messages.js';
import type { Row, Stage } from './row.js';

const NODES = fileURLToPath(new URL('../nodes', import.meta.url));
/** The environment that a service finds by itself, where the tests run. */
const FOUND = basename(process.env['VIRTUAL_ENV'] ?? '.venv');

/** Which code a service runs, and with which Python: the folder has two environments, `one` and `two`. */
export const CODE_ROWS: readonly Row[] = [
  {
    setting: 'multiprocess.python.executable',
    beside: { 'multiprocess.python.allowed_executables': ['./two/bin/python'] },
    observe: environmentOf,
    byDefault: FOUND,
    inFile: ['./one/bin/python', 'one'],
    inManifest: ['two/../two/bin/python', 'two'],
  },
  {
    setting: 'multiprocess.python.venv_path',
    beside: { 'multiprocess.python.executable': './two/bin/python' },
    observe: environmentOf,
    byDefault: 'two',
    inFile: ['one', 'one'],
    inManifest: null,
  },
  {
    setting: 'multiprocess.python.allowed_executables',
    observe: (stage) =>
      environmentOf({ ...stage, multiprocess: { python_executable: join(stage.folder, 'two/bin/python') } }),
    byDefault: 'manifest.invalid',
    inFile: [['./two/bin/python'], 'two'],
    inManifest: null,
  },
  {
    setting: 'multiprocess.python.extra_paths',
    beside: { 'multiprocess.python.extra_paths': [] },
    observe: environmentOf,
    byDefault: 'manifest.unknown_node_type',
    inFile: [[NODES], FOUND],
    inManifest: null,
  },
  {
    setting: 'multiprocess.python.modules',
    beside: { 'multiprocess.python.extra_paths': [] },
    observe: (stage) => textOut(stage, 'ByNameNode'),
    byDefault: 'manifest.unknown_node_type',
    inFile: [['found_by_name'], 'found'],
    inManifest: null,
  },
  {
    setting: 'multiprocess.python.environments_path',
    observe: environmentOf,
    byDefault: FOUND,
    inFile: ['environments', 'WhereNode'],
    inManifest: null,
  },
  {
    setting: 'models.paths',
    observe: async (stage) => basename((await modelsOf(stage)).folders),
    byDefault: 'models',
    inFile: [['weights'], 'weights'],
    inManifest: null,
  },
  {
    setting: 'models.allow_downloads',
    observe: async (stage) => {
      const { allowed, offline } = await modelsOf(stage);
      return { allowed, offline };
    },
    byDefault: { allowed: null, offline: '1' },
    inFile: [true, { allowed: '1', offline: null }],
    inManifest: null,
  },
  {
    setting: 'native.modules',
    observe: (stage) => textOut(stage, 'OwnNativeNode'),
    byDefault: 'manifest.unknown_node_type',
    inFile: [[join(NODES, 'native.mjs')], ''],
    inManifest: null,
  },
];

async function environmentOf(stage: Stage): Promise<string> {
  return basename(await textOut(stage, 'WhereNode'));
}

interface Models {
  readonly folders: string;
  readonly allowed: string | null;
  readonly offline: string | null;
}

/** What a node process is told of weights. */
async function modelsOf(stage: Stage): Promise<Models> {
  return JSON.parse(await textOut(stage, 'ModelsNode')) as Models;
}

/** The text that a node answers with, or why it does not. */
async function textOut({ client, multiprocess }: Stage, type: string): Promise<string> {
  const manifest = chainOf({ a: type }, multiprocess);
  try {
    const { result } = await client.execute({ manifest, data_inputs: { a: textOf('') } });
    const { text } = outputOf(result as Message, 'a') as { text?: { text_data?: Buffer } };
    return text?.text_data?.toString() ?? '';
  } catch (error) {
    return errorOf(error).code;
  }
}
