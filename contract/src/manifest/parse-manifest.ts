import { ProblemCollector } from '../problems/collector.js';
import { describeValue, isPlainObject } from '../problems/describe.js';
import { checkConnections, checkIds } from './graph.js';
import { normaliseKeys, type Report } from './keys.js';
import type { Manifest, ManifestConnection, ManifestMetadata, ManifestNode } from './manifest.js';
import { parseMultiprocess } from './parse-multiprocess.js';
import { parseNode, parsePart } from './parse-node.js';
import { connectionShape, manifestShape, metadataShape } from './shape.js';
import { parseText } from './text.js';
import { ValueBudget } from './value-budget.js';

/** Most nodes of a manifest. */
export const NODE_LIMIT = 1000;
const CONNECTION_LIMIT = 10_000;

/**
 * A manifest from an object, or from JSON or YAML text. Keys may be snake_case or camelCase; parameters stay as given.
 *
 * Checks everything that can be checked without knowing the node types.
 *
 * @throws RemoteMediaError `manifest.*` with every problem and its path in `details.problems`.
 */
export function parseManifest(input: unknown): Manifest {
  const report = newReport();
  return checkManifest(typeof input === 'string' ? parseText(input, report.values) : input, report, false);
}

/** Where the problems and warnings of one manifest go. */
export function newReport(): Report {
  return { problems: new ProblemCollector(), warnings: [], values: new ValueBudget() };
}

/**
 * The common way of all forms of a manifest.
 *
 * @param report may hold what was found while the object was made.
 * @param fromWire whether a client sent it as a protobuf message, for hints.
 */
export function checkManifest(input: unknown, report: Report, fromWire: boolean): Manifest {
  const { problems, warnings } = report;
  if (!isPlainObject(input)) {
    return problems.throwWith({ path: '', message: `A manifest must be an object, got ${describeValue(input)}` });
  }
  const object = normaliseKeys(input, Object.keys(manifestShape.shape), '', report);
  const version = checkVersion(object['version'], problems);
  const metadata = parseMetadata(object['metadata'] ?? {}, report);
  const nodes = parseNodes(listOf(object, 'nodes', NODE_LIMIT, problems), report, fromWire);
  const connections = parseConnections(listOf(object, 'connections', CONNECTION_LIMIT, problems), report);
  checkIds(nodes.found, problems);
  checkConnections(nodes.found, connections, problems);
  problems.throwIfAny();
  return { version, metadata, nodes: nodes.parsed, connections, warnings };
}

function checkVersion(version: unknown, problems: ProblemCollector): 'v1' {
  if (version !== 'v1') {
    problems.add({ path: 'version', message: `Must be "v1", got ${describeValue(version)}` });
  }
  return 'v1';
}

/** A list within its limit; longer ones are not even looked at. */
function listOf(
  object: Readonly<Record<string, unknown>>,
  key: string,
  limit: number,
  problems: ProblemCollector,
): readonly unknown[] {
  const value = object[key] ?? [];
  if (!Array.isArray(value)) {
    problems.add({ path: key, message: `Must be a list, got ${describeValue(value)}` });
    return [];
  }
  if (value.length > limit) {
    problems.add({ path: key, message: `Has ${value.length} items, more than ${limit}` });
    return [];
  }
  return value;
}

function parseMetadata(value: unknown, report: Report): ManifestMetadata {
  const raw = parsePart(metadataShape, value, 'metadata', report);
  return {
    name: raw?.name ?? '',
    description: raw?.description ?? '',
    createdAt: raw?.created_at ?? '',
    multiprocess: parseMultiprocess(raw?.multiprocess ?? {}, 'metadata.multiprocess', report),
  };
}

/** Ids are checked also of nodes that have other problems, so that connections to them are no second problem. */
function parseNodes(
  values: readonly unknown[],
  report: Report,
  fromWire: boolean,
): { parsed: ManifestNode[]; found: { id: string }[] } {
  if (values.length === 0 && report.problems.problems.every(({ path }) => path !== 'nodes')) {
    report.problems.add({ path: 'nodes', message: 'A manifest needs at least one node' });
  }
  const parsed: ManifestNode[] = [];
  const found: { id: string }[] = [];
  values.forEach((value, index) => {
    const node = parseNode(value, `nodes[${index}]`, report, fromWire);
    if (node !== null) {
      parsed.push(node);
    }
    if (isPlainObject(value) && typeof value['id'] === 'string') {
      found.push({ id: value['id'] });
    }
  });
  return { parsed, found };
}

function parseConnections(values: readonly unknown[], report: Report): ManifestConnection[] {
  const connections: ManifestConnection[] = [];
  values.forEach((value, index) => {
    const connection = parsePart(connectionShape, value, `connections[${index}]`, report);
    if (connection !== null) {
      connections.push(connection);
    }
  });
  return connections;
}
