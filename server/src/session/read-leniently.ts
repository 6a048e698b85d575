import { type ManifestNode, parseManifest } from '@remotemedia/contract';
import type { ReadManifest } from './validate.js';

/** More nodes than a manifest may have are not looked at. */
const NODE_LIMIT = 1000;

/**
 * What can be read of a manifest that has been found wrong, so that its node types are checked all the same. Of a text, only
 * JSON is looked at again.
 */
export function readLeniently(input: unknown): ReadManifest {
  const object = typeof input === 'string' ? parseJson(input) : input;
  const { nodes, connections } = (object ?? {}) as { nodes?: unknown; connections?: unknown };
  return {
    nodes: Array.isArray(nodes) ? nodes.slice(0, NODE_LIMIT).map(readNode) : [],
    connections: Array.isArray(connections) ? connections.filter(isConnection) : [],
  };
}

/** One node by itself; null: it has problems of its own, which are known. */
function readNode(node: unknown): ManifestNode | null {
  try {
    return parseManifest({ version: 'v1', nodes: [node], connections: [] }).nodes[0] ?? null;
  } catch {
    return null;
  }
}

function isConnection(value: unknown): value is { from: string; to: string } {
  const { from, to } = (value ?? {}) as { from?: unknown; to?: unknown };
  return typeof from === 'string' && typeof to === 'string';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
