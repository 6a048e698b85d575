import type { ManifestConnection, ManifestNode, Problem } from '@remotemedia/contract';
import { nearestNames } from '@remotemedia/contract';
import type { DataKinds } from '../nodes/node.js';
import type { Catalog, NodeType } from './catalog.js';
import type { ParamSchemas } from './param-schemas.js';
import { settleParams } from './settle-params.js';

/** What could be read of a manifest. A node that could not be read keeps its place, as null. */
export interface ReadManifest {
  readonly nodes: readonly (ManifestNode | null)[];
  readonly connections: readonly ManifestConnection[];
}

/** What the node types find in a manifest. */
export interface CheckedNodes {
  /** What is wrong beyond its form: node types, parameters, and the kinds of data along its connections. */
  readonly problems: readonly Problem[];
  /** Those that could be read, their parameters as their types name them. */
  readonly nodes: readonly ManifestNode[];
  /** What was taken for something else, one sentence each. */
  readonly warnings: readonly string[];
}

/** Settles the parameters of each node, and tells what is wrong with them and with what is connected. */
export function checkAgainstCatalog(manifest: ReadManifest, catalog: Catalog, schemas: ParamSchemas): CheckedNodes {
  const checked = manifest.nodes.flatMap((node, index) =>
    node === null ? [] : [checkNode(node, `nodes[${index}]`, catalog, schemas)],
  );
  return {
    problems: [...checked.flatMap(({ problems }) => problems), ...checkConnections(manifest, catalog)],
    nodes: checked.map(({ node }) => node),
    warnings: checked.flatMap(({ node, warnings }) => warnings.map((text) => `Node '${node.id}': ${text}`)),
  };
}

interface CheckedNode {
  readonly node: ManifestNode;
  readonly problems: readonly Problem[];
  readonly warnings: readonly string[];
}

function checkNode(node: ManifestNode, path: string, catalog: Catalog, schemas: ParamSchemas): CheckedNode {
  const type = catalog.get(node.nodeType);
  if (type === undefined) {
    const { message, hint, code } = catalog.explainUnknown(node.nodeType);
    return { node, problems: [{ path: `${path}.node_type`, message, code, hint, nodeId: node.id }], warnings: [] };
  }
  const { params, doubles, warnings } = settleParams(type, node.params);
  const findings = [
    ...doubles.map(({ name, message }) => ({ at: `.${name}`, message, hint: null })),
    ...checkParams(type, params, schemas),
  ];
  const problems = findings.map(
    ({ at, message, hint }): Problem => ({
      path: `${path}.params${at}`,
      message,
      code: 'manifest.bad_params',
      hint,
      nodeId: node.id,
    }),
  );
  return { node: { ...node, params }, problems, warnings };
}

/** No error lists more problems than that, and a hostile manifest can hold many. */
const FINDING_LIMIT = 100;

interface ParamsFinding {
  readonly at: string;
  readonly message: string;
  readonly hint: string | null;
}

function checkParams(type: NodeType, params: ManifestNode['params'], schemas: ParamSchemas): ParamsFinding[] {
  if (type.kind === 'python') {
    const schema = type.python.paramsSchema;
    if (schema === null) return [];
    const found = schemas.check(schema, params).slice(0, FINDING_LIMIT);
    return found.map(({ path, message }) => ({ at: path, message, hint: null }));
  }
  const known = Object.keys((type.definition.paramsSchema['properties'] as object | undefined) ?? {});
  return type.definition
    .checkParams(params)
    .slice(0, FINDING_LIMIT)
    .map(({ path, message, unknownKey }) => {
      const near = unknownKey === null ? [] : nearestNames(unknownKey, known);
      return {
        at: path === '' || path.startsWith('[') ? path : `.${path}`,
        message,
        hint: near.length === 0 ? null : `Did you mean ${near.join(' or ')}?`,
      };
    });
}

function checkConnections(manifest: ReadManifest, catalog: Catalog): Problem[] {
  const nodes = manifest.nodes.filter((node) => node !== null);
  const typeOf = new Map(nodes.map((node) => [node.id, catalog.get(node.nodeType)]));
  return manifest.connections.flatMap((connection, index): Problem[] => {
    const from = typeOf.get(connection.from);
    const to = typeOf.get(connection.to);
    if (from === undefined || to === undefined || meet(from.outputs, to.inputs)) return [];
    const message =
      `'${connection.from}' (${from.type}) gives ${listKinds(from.outputs)}, ` +
      `but '${connection.to}' (${to.type}) takes ${listKinds(to.inputs)}`;
    return [
      { path: `connections[${index}]`, message, code: 'manifest.type_mismatch', hint: null, nodeId: connection.to },
    ];
  });
}

function meet(outputs: DataKinds, inputs: DataKinds): boolean {
  if (outputs === 'any') return inputs === 'any' || inputs.length > 0;
  if (inputs === 'any') return outputs.length > 0;
  return outputs.some((kind) => inputs.includes(kind));
}

export function listKinds(kinds: DataKinds): string {
  if (kinds === 'any') return 'any kind of data';
  return kinds.length === 0 ? 'nothing' : kinds.join(', ');
}
