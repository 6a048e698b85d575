import type { ChannelDomain } from '../channel/binding.js';
import type { ConnectionMetrics } from '../observe/metrics.js';
import type { Graph, GraphEdge, GraphNode, NodeKind } from './graph.js';
import type { KindCounts, NodeTotals } from './native-runner.js';
import type { ProcessUsage } from './usage.js';

/** What one node did in a session. */
export interface NodeReport {
  readonly nodeId: string;
  readonly kind: NodeKind;
  /** Null: native, or never started. */
  readonly pid: number | null;
  readonly itemsIn: number;
  readonly itemsOut: number;
  readonly outputKinds: Readonly<KindCounts>;
  /** Outputs that none of its connections carries. */
  readonly leftOut: Readonly<KindCounts>;
  /** Time inside the node's own code. */
  readonly processMs: number;
  /** CPU time of its process; of a native node, the time in its code. */
  readonly cpuMs: number;
  /** The most memory its process ever held, in bytes; 0 for a native node. */
  readonly peakBytes: number;
}

/** What one connection carried. Empty ids are the outside. */
export interface ConnectionReport {
  readonly from: string;
  readonly to: string;
  readonly sent: number;
  readonly received: number;
  readonly dropped: number;
  /** How often a sender had to start waiting for room. */
  readonly fullEpisodes: number;
  /** From being sent to being taken, time in the queue included. Null: not measured, as inside the service. */
  readonly latency: { readonly p50Ms: number; readonly p99Ms: number; readonly maxMs: number } | null;
}

/** A session, looked back upon. */
export interface SessionReport {
  readonly wallMs: number;
  readonly nodes: readonly NodeReport[];
  readonly connections: readonly ConnectionReport[];
}

/** What a Python node said when its input had ended; null: it did not come that far. */
export interface PythonFacts {
  readonly pid: number | null;
  readonly totals: NodeTotals | null;
  readonly usage: ProcessUsage | null;
}

export interface ReportFacts {
  readonly wallMs: number;
  readonly graph: Graph;
  readonly nativeTotals: ReadonlyMap<string, NodeTotals>;
  readonly python: ReadonlyMap<string, PythonFacts>;
  /** Null: none, or closed already. */
  readonly domain: ChannelDomain | null;
  readonly connections: readonly ConnectionMetrics[];
}

const NOTHING: NodeTotals = { itemsIn: 0, itemsOut: 0, outputKinds: {}, leftOut: {}, processMs: 0 };

export function buildReport(facts: ReportFacts): SessionReport {
  const { wallMs, graph } = facts;
  return {
    wallMs,
    nodes: graph.nodes.map((node) => reportNode(node, facts)),
    connections: graph.edges.map((edge) => reportConnection(edge, facts)),
  };
}

function reportNode({ id, kind }: GraphNode, facts: ReportFacts): NodeReport {
  const python = facts.python.get(id);
  const totals = (kind === 'native' ? facts.nativeTotals.get(id) : python?.totals) ?? null;
  const { itemsIn, itemsOut, outputKinds, leftOut, processMs } = totals ?? NOTHING;
  const cpuMs = kind === 'native' ? processMs : (python?.usage?.cpuMs ?? 0);
  const peakBytes = python?.usage?.peakBytes ?? 0;
  const counts = { itemsIn, itemsOut, outputKinds, leftOut, processMs };
  return { nodeId: id, kind, pid: python?.pid ?? null, ...counts, cpuMs, peakBytes };
}

function reportConnection({ from, to, channelEdge }: GraphEdge, facts: ReportFacts): ConnectionReport {
  const counted = facts.connections.find((metrics) => metrics.from === from && metrics.to === to);
  const ends = { from, to, fullEpisodes: counted?.fullEpisodes ?? 0 };
  if (channelEdge === null || facts.domain === null) {
    const { sent, received, dropped } = counted ?? { sent: 0, received: 0, dropped: 0 };
    return { ...ends, sent, received, dropped, latency: null };
  }
  const { messagesSent: sent, received, dropped, ...times } = facts.domain.stats(channelEdge);
  const { latencyCount, latencyP50Ms: p50Ms, latencyP99Ms: p99Ms, latencyMaxMs: maxMs } = times;
  const latency = latencyCount === 0 ? null : { p50Ms, p99Ms, maxMs };
  return { ...ends, sent, received, dropped, latency };
}
