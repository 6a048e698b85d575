import {
  fromProtoManifest,
  isRemoteMediaError,
  type Manifest,
  type ManifestNode,
  manifestOfRequest,
  type RemoteMediaError,
  type wire,
} from '@remotemedia/contract';
import type { Pipelines } from '../session/pipelines.js';
import { readLeniently } from '../session/read-leniently.js';

/** More nodes than a manifest may have are not looked at. */
const NODE_LIMIT = 1000;

/**
 * The manifest of a request, in whichever of its forms it came.
 *
 * @throws RemoteMediaError `manifest.*` with every problem: also those of its node types, when its form is wrong already
 */
export function readManifest(request: wire.ExecuteRequest | wire.StreamInit, pipelines: Pipelines): Manifest {
  try {
    return manifestOfRequest(request);
  } catch (error) {
    if (!isRemoteMediaError(error) || error.details.problems === undefined) throw error;
    throw withCatalogProblems(error, request, pipelines);
  }
}

function withCatalogProblems(
  error: RemoteMediaError,
  request: wire.ExecuteRequest | wire.StreamInit,
  pipelines: Pipelines,
): RemoteMediaError {
  if (request.manifestJson !== '') return pipelines.completeError(error, readLeniently(request.manifestJson));
  const form = request.manifest ?? ('nodes' in request ? request : undefined);
  if (form === undefined) return error;
  const nodes = form.nodes.slice(0, NODE_LIMIT).map(readNode);
  return pipelines.completeError(error, { nodes, connections: form.connections });
}

/** One node by itself; null: it has problems of its own, which are known. */
function readNode(node: wire.NodeManifest): ManifestNode | null {
  try {
    const alone = { version: 'v1', metadata: undefined, nodes: [node], connections: [] };
    return fromProtoManifest(alone).nodes[0] ?? null;
  } catch {
    return null;
  }
}
