import type { DataKind, Manifest } from '@remotemedia/contract';

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
  /** The connection that it was put on to convert audio; null: it is one of the manifest's own nodes. */
  readonly bridges: { readonly from: string; readonly to: string } | null;
}

export interface GraphEdge {
  /** Node id, or OUTSIDE. */
  readonly from: string;
  /** Node id, or OUTSIDE. */
  readonly to: string;
  /** Number of the edge in the session's domain; null: both ends are in this process, the edge is a queue in memory. */
  readonly channelEdge: number | null;
  /** Kinds of data that it carries; null: all that its sender gives. */
  readonly kinds: readonly DataKind[] | null;
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

/** One converter that is put between two nodes, or between the client and a node. */
export interface Conversion {
  /** Empty: input from outside. */
  readonly from: string;
  readonly to: string;
  /** Id of the converter. */
  readonly node: string;
  readonly nodeType: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** For people: `24000 Hz, 1 channel, i16`, or `any audio`. */
  readonly given: string;
  readonly accepted: string;
}

/** What is known of a manifest beside its nodes and connections. */
export interface GraphFacts {
  /** Nodes to be put on connections. Default: none. */
  readonly conversions?: readonly Conversion[];
  /** Kinds of data that a connection between two node types carries; null: all. Default: all. */
  readonly kindsAlong?: (fromType: string, toType: string) => readonly DataKind[] | null;
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
  { conversions = [], kindsAlong = () => null }: GraphFacts = {},
): Graph {
  const inner = new Set(manifest.connections.map((connection) => connection.from));
  const fed = new Set(manifest.connections.map((connection) => connection.to));
  let inboxes = 1;
  const nodes = manifest.nodes.map((node): GraphNode => {
    const kind = kindOf(node.nodeType);
    const inbox = kind === 'python' ? inboxes++ : 0;
    const { id, nodeType, params } = node;
    return { id, nodeType, kind, params, inbox, isSink: !inner.has(id), bridges: null };
  });
  const typeOf = new Map(nodes.map((node) => [node.id, node.nodeType]));
  const inboxOf = new Map(nodes.map((node) => [node.id, node.inbox]));
  const edges: GraphEdge[] = [];
  const channelEdges: { from: number; to: number }[] = [];
  const link = (from: string, to: string, kinds: GraphEdge['kinds']): void => {
    const ends = { from: inboxOf.get(from) ?? 0, to: inboxOf.get(to) ?? 0 };
    const inMemory = ends.from === 0 && ends.to === 0;
    edges.push({ from, to, channelEdge: inMemory ? null : channelEdges.length, kinds });
    if (!inMemory) channelEdges.push(ends);
  };
  const converterOn = new Map(conversions.map((conversion) => [wayOf(conversion), conversion]));
  const connect = (from: string, to: string): void => {
    const [fromType, toType] = [typeOf.get(from), typeOf.get(to)];
    const kinds = fromType === undefined || toType === undefined ? null : kindsAlong(fromType, toType);
    const converter = converterOn.get(wayOf({ from, to }));
    if (converter === undefined) {
      link(from, to, kinds);
      return;
    }
    const { node: id, nodeType, params } = converter;
    nodes.push({ id, nodeType, kind: 'native', params, inbox: 0, isSink: false, bridges: { from, to } });
    link(from, id, kinds);
    link(id, to, null);
  };
  // A process without any input would flush as soon as it is ready itself, when its receivers may not be there yet: the end
  // of input from outside, which comes when all are ready, is what it waits for.
  const waits = ({ id, kind }: GraphNode): boolean => kind === 'python' && !fed.has(id);
  const own = [...nodes];
  for (const node of own) {
    if (injected === null || injected.has(node.id) || waits(node)) connect(OUTSIDE, node.id);
  }
  for (const connection of manifest.connections) connect(connection.from, connection.to);
  for (const node of own) if (node.isSink) connect(node.id, OUTSIDE);
  return { nodes, edges, inboxes, channelEdges };
}

/** By the id of a converter: whose data it hands on. Nodes are told of that one, whatever stands between. */
export function sendersBehind({ nodes }: Graph): ReadonlyMap<string, string> {
  return new Map(nodes.flatMap(({ id, bridges }) => (bridges === null ? [] : [[id, bridges.from] as const])));
}

/** Ids have no spaces. */
function wayOf({ from, to }: { readonly from: string; readonly to: string }): string {
  return `${from} ${to}`;
}
