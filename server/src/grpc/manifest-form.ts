import {
  fromProtoManifest,
  isRemoteMediaError,
  type Manifest,
  type ManifestNode,
  manifestOfRequest,
  ProblemCollector,
  type RemoteMediaError,
  type wire,
} from '@remotemedia/contract';
import type { Pipelines } from '../session/pipelines.js';

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
  const form = request.manifest ?? ('nodes' in request && request.manifestJson === '' ? request : undefined);
  if (form === undefined) return error;
  const nodes = form.nodes.map(readNode);
  const collector = new ProblemCollector();
  for (const problem of error.details.problems ?? []) collector.add(problem);
  for (const problem of pipelines.check({ nodes, connections: form.connections })) collector.add(problem);
  return collector.toError() ?? error;
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
