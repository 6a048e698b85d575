import type { Manifest } from '@remotemedia/contract';

export type NodeKind = 'native' | 'python';

/** The id under which a connection names what is outside of the pipeline: the client that sends, the client that gets results. */
export const OUTSIDE = '';

export interface GraphNode {
  readonly id: string;
  readonly nodeType: string;
  readonly kind: NodeKind;
  readonly params: Readonly<Record<string, unknown>>;
  /** Python nodes: the number of its inbox in the session's domain, from 1 (0 is the service). Native nodes: 0. */
  readonly inbox: number;
  /** Results of a sink go to the client. */
  readonly isSink: boolean;
}

export interface GraphEdge {
  /** Node id, or OUTSIDE. */
  readonly from: string;
  /** Node id, or OUTSIDE. */
  readonly to: string;
  /** Number of the edge in the session's domain; null: both ends are in this process, the edge is a queue in memory. */
  readonly channelEdge: number | null;
}

/** Which way a frame goes: nodes, and the edges between them and to the outside. */
export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  /** Inboxes of the domain: the service and one per Python node. */
  readonly inboxes: number;
  /** Ends of the domain's edges by inbox, in the order of their numbers. */
  readonly channelEdges: readonly { readonly from: number; readonly to: number }[];
}

/**
 * Lays out a valid manifest.
 *
 * @param kindOf tells native from Python by node type.
 * @param injected ids of the nodes that may get input from outside; null: every node. A Python node without a connection to
 *   it is one of them in any case.
 */
export function buildGraph(
  manifest: Pick<Manifest, 'nodes' | 'connections'>,
  kindOf: (nodeType: string) => NodeKind,
  injected: ReadonlySet<string> | null,
): Graph {
  const inner = new Set(manifest.connections.map((connection) => connection.from));
  const fed = new Set(manifest.connections.map((connection) => connection.to));
  let inboxes = 1;
  const nodes = manifest.nodes.map((node): GraphNode => {
    const kind = kindOf(node.nodeType);
    const inbox = kind === 'python' ? inboxes++ : 0;
    return { id: node.id, nodeType: node.nodeType, kind, params: node.params, inbox, isSink: !inner.has(node.id) };
  });
  const inboxOf = new Map(nodes.map((node) => [node.id, node.inbox]));
  const edges: GraphEdge[] = [];
  const channelEdges: { from: number; to: number }[] = [];
  const connect = (from: string, to: string): void => {
    const ends = { from: inboxOf.get(from) ?? 0, to: inboxOf.get(to) ?? 0 };
    const inMemory = ends.from === 0 && ends.to === 0;
    edges.push({ from, to, channelEdge: inMemory ? null : channelEdges.length });
    if (!inMemory) channelEdges.push(ends);
  };
  // A process without any input would flush as soon as it is ready itself, when its receivers may not be there yet: the end
  // of input from outside, which comes when all are ready, is what it waits for.
  const waits = ({ id, kind }: GraphNode): boolean => kind === 'python' && !fed.has(id);
  for (const node of nodes) {
    if (injected === null || injected.has(node.id) || waits(node)) connect(OUTSIDE, node.id);
  }
  for (const connection of manifest.connections) connect(connection.from, connection.to);
  for (const node of nodes) if (node.isSink) connect(node.id, OUTSIDE);
  return { nodes, edges, inboxes, channelEdges };
}
