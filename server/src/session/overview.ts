import type { ChannelDomain } from '../channel/binding.js';
import type { ConnectionMetrics } from '../observe/metrics.js';
import { type GraphNode, type NodeKind, OUTSIDE } from './graph.js';
import type { NodeTotals } from './native-runner.js';
import {
  buildReport,
  type ConnectionReport,
  type PythonFacts,
  type ReportFacts,
  type SessionReport,
} from './report.js';
import type { SessionStateName } from './session-state.js';

/** One node of a session as it is now. */
export interface NodeOverview {
  readonly id: string;
  readonly type: string;
  readonly kind: NodeKind;
  /** Process of a Python node; null: native, or not started. */
  readonly pid: number | null;
  /** State of its process; a native node is `initializing` or `ready`. */
  readonly state: string;
  /** Time in the code of a native node; null for a Python node, whose process is asked. */
  readonly processMs: number | null;
  readonly itemsIn: number;
  readonly itemsOut: number;
}

/** One connection as it is now. */
export interface ConnectionOverview extends ConnectionReport {
  /** Messages sent and not yet taken. */
  readonly depth: number;
  readonly bytesInFlight: number;
}

/** A session as it is now, for whoever watches. */
export interface SessionOverview {
  readonly id: string;
  /** `metadata.name` of its manifest. */
  readonly name: string;
  readonly state: SessionStateName;
  readonly ageMs: number;
  readonly nodes: readonly NodeOverview[];
  readonly connections: readonly ConnectionOverview[];
  /** Names of its shared memory start with it; null: it has none. */
  readonly prefix: string | null;
  /** Folder of its files; null: it has none. */
  readonly root: string | null;
  /** Wake-ups that only the safety check found, so far. */
  readonly rescues: number;
}

interface OverviewFacts extends ReportFacts {
  readonly id: string;
  readonly name: string;
  readonly state: SessionStateName;
  readonly nativeTotals: ReadonlyMap<string, NodeTotals>;
  readonly python: ReadonlyMap<string, PythonFacts & { readonly state: string }>;
  /** Messages that a connection holds; more than that gave way where nothing waits. */
  readonly capacity: number;
  readonly lossless: boolean;
  /** The report of a session whose domain is closed, or about to be. */
  readonly report: SessionReport | null;
}

/** Reads counters only, so it may be called at any time and costs next to nothing. */
export function buildOverview(facts: OverviewFacts): SessionOverview {
  const { id, name, state, wallMs, graph, report } = facts;
  const domain = report === null ? facts.domain : null;
  const { connections } = report ?? buildReport(facts);
  return {
    id,
    name,
    state,
    ageMs: wallMs,
    nodes: graph.nodes.map((node) => nodeOverview(node, facts, connections)),
    connections: connections.map((connection, index) => {
      const edge = graph.edges[index]?.channelEdge ?? null;
      const counted = facts.connections.find(({ from, to }) => from === connection.from && to === connection.to);
      const { gaveWay, ...fill } = fillOf(connection, facts, domain, edge, counted);
      const dropped = connection.dropped + gaveWay;
      return { ...connection, ...fill, dropped };
    }),
    prefix: domain?.prefix ?? null,
    root: domain?.root ?? null,
    rescues: domain?.rescues() ?? 0,
  };
}

/**
 * How full a connection is, by the counts in its report: they go on meanwhile. `gaveWay`: dropped messages that its receiver
 * has not missed yet, since it counts the gaps.
 */
function fillOf(
  { sent, received, dropped }: ConnectionReport,
  { capacity, lossless }: OverviewFacts,
  domain: ChannelDomain | null,
  edge: number | null,
  counted: ConnectionMetrics | undefined,
): { depth: number; bytesInFlight: number; gaveWay: number } {
  if (edge === null) return { depth: counted?.depth ?? 0, bytesInFlight: 0, gaveWay: 0 };
  if (domain === null) return { depth: 0, bytesInFlight: 0, gaveWay: 0 };
  const { bytesInFlight } = domain.stats(edge);
  const waiting = Math.max(0, sent - received - dropped);
  const gaveWay = lossless ? 0 : Math.max(0, waiting - capacity);
  return { depth: waiting - gaveWay, bytesInFlight, gaveWay };
}

function nodeOverview(
  { id, nodeType: type, kind }: GraphNode,
  facts: OverviewFacts,
  connections: readonly ConnectionReport[],
): NodeOverview {
  if (kind === 'native') {
    const totals = facts.nativeTotals.get(id);
    const { itemsIn = 0, itemsOut = 0, processMs = 0 } = totals ?? {};
    const state = totals === undefined ? 'initializing' : 'ready';
    return { id, type, kind, pid: null, state, processMs, itemsIn, itemsOut };
  }
  const python = facts.python.get(id);
  const { itemsIn, itemsOut } = python?.totals ?? passedBy(id, connections);
  const state = python?.state ?? 'spawning';
  return { id, type, kind, pid: python?.pid ?? null, state, processMs: null, itemsIn, itemsOut };
}

/** What a Python node took and gave so far, by its connections: the node itself tells only at its end. */
function passedBy(id: string, connections: readonly ConnectionReport[]): { itemsIn: number; itemsOut: number } {
  const inputs = connections.filter(({ to }) => to === id && id !== OUTSIDE);
  const outputs = connections.filter(({ from }) => from === id);
  return {
    itemsIn: inputs.reduce((sum, { received }) => sum + received, 0),
    // Each output goes to every branch.
    itemsOut: Math.max(0, ...outputs.map(({ sent }) => sent)),
  };
}
