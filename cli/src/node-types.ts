import { type DataKind, RemoteMediaError } from '@remotemedia/contract';
import type { Service } from './service.js';

/** One node type as `nodes list` and `nodes info` show it. */
export interface NodeTypeInfo {
  readonly type: string;
  readonly aliases: readonly string[];
  readonly kind: 'native' | 'python';
  readonly description: string;
  /** JSON Schema of the parameters, or null where the node declares none. */
  readonly params: Readonly<Record<string, unknown>> | null;
  readonly inputs: readonly DataKind[] | 'any';
  readonly outputs: readonly DataKind[] | 'any';
  /** The module it comes from, or null for the service's own. */
  readonly module: string | null;
}

/** Every node type of a service, native ones first, each part sorted by name. */
export function nodeTypesOf({ registry, python, catalog }: Service): NodeTypeInfo[] {
  const native = registry.list().map(
    (node): NodeTypeInfo => ({
      type: node.type,
      aliases: node.aliases,
      kind: 'native',
      description: node.description,
      params: node.params,
      inputs: node.inputs,
      outputs: node.outputs,
      module: node.origin === 'built-in' ? null : node.origin.module,
    }),
  );
  const hidden = new Set(catalog.hidden());
  const others = python.nodes
    .filter(({ type }) => !hidden.has(type))
    .map(
      (node): NodeTypeInfo => ({
        type: node.type,
        aliases: [],
        kind: 'python',
        description: node.doc,
        params: node.paramsSchema,
        inputs: node.inputTypes ?? 'any',
        outputs: node.outputTypes ?? 'any',
        module: node.module,
      }),
    );
  return [...native, ...others.sort((a, b) => a.type.localeCompare(b.type))];
}

/** Why node types are missing that a user may expect: no interpreter, or modules that could not be imported. */
export function discoveryProblems({ python }: Service): RemoteMediaError[] {
  const modules = python.moduleErrors.map(
    ({ module, errorType, message, traceback }) =>
      new RemoteMediaError(
        'config.invalid',
        `Python module ${module} could not be imported: ${errorType}: ${message}`,
        {
          hint: 'Correct the module, or take it out of multiprocess.python in runtime.toml.',
          details: { traceback },
        },
      ),
  );
  return python.problem === null ? modules : [python.problem, ...modules];
}
