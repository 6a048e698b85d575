import { z } from 'zod';
import type { ResolvedConfig } from './resolved-config.js';
import { type Setting, setting } from './setting.js';

/** The tables `[multiprocess.nodes.TYPE]`: one for each node type that has a Python of its own. */

const text = z.string().min(1);
/** A name first, so that no requirement is an option of pip. */
const REQUIREMENT = /^[A-Za-z0-9][^\r\n]*$/;

/** Settings of one node type. Only runtime.toml may have them. */
export const NODE_SETTINGS = {
  python_executable: setting({
    schema: text,
    default: null,
    description: 'The Python that runs nodes of this type, a path or a name on the PATH.',
  }),
  venv_path: setting({
    schema: text,
    default: null,
    description: 'A virtual environment whose Python runs nodes of this type; it wins over `python_executable`.',
  }),
  requirements: setting({
    schema: z.array(z.string().regex(REQUIREMENT, 'Must be a requirement as pip takes it, such as "numpy==2.4.6"')),
    default: null,
    description: 'What `nodes install` installs for this type; without it, what the type declares.',
  }),
};

export type NodeSettingKey = keyof typeof NODE_SETTINGS;
/** The full name of such a setting, for example `multiprocess.nodes.WhisperNode.venv_path`. */
export type NodeSettingName = `multiprocess.nodes.${string}.${NodeSettingKey}`;

/** Where the tables stand. */
export const NODES_TABLE = ['multiprocess', 'nodes'] as const;

const { python_executable, venv_path, requirements } = NODE_SETTINGS;

/** All of them, by node type. */
export const nodeTables = z.record(
  text,
  z
    .strictObject({
      python_executable: python_executable.schema,
      venv_path: venv_path.schema,
      requirements: requirements.schema,
    })
    .partial(),
);

export type NodeTables = z.infer<typeof nodeTables>;

/** Whether a path of runtime.toml is that of one node type's table. */
export function isNodeTable(path: readonly PropertyKey[]): boolean {
  return path.length === NODES_TABLE.length + 1 && NODES_TABLE.every((key, index) => path[index] === key);
}

/** The tables with every absent value filled in. */
export function resolveNodes(tables: NodeTables): ResolvedConfig['nodes'] {
  return Object.fromEntries(
    Object.entries(tables).map(([type, table]) => [
      type,
      {
        pythonExecutable: table.python_executable ?? null,
        venvPath: table.venv_path ?? null,
        requirements: table.requirements === undefined ? null : [...table.requirements],
      },
    ]),
  );
}

/** What is set, each with its full name, for `config explain`. */
export function explainNodes(nodes: ResolvedConfig['nodes']) {
  return Object.entries(nodes).flatMap(([type, { pythonExecutable, venvPath, requirements }]) => {
    const values = { python_executable: pythonExecutable, venv_path: venvPath, requirements };
    return (Object.entries(NODE_SETTINGS) as [NodeSettingKey, Setting][]).flatMap(([key, { description }]) => {
      const value = values[key];
      const name: NodeSettingName = `multiprocess.nodes.${type}.${key}`;
      return value === null ? [] : [{ name, value, unit: null, layer: 'runtime.toml' as const, description }];
    });
  });
}
