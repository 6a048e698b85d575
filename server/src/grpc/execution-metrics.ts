import type { wire } from '@remotemedia/contract';
import type { ConnectionOverview } from '../session/overview.js';
import type { SessionReport } from '../session/report.js';

/** What the session of a call can tell. */
export interface ToldSession {
  readonly report: SessionReport;
  overview(): { readonly connections: readonly ConnectionOverview[] };
}

/** What the call itself measured, beside its session. */
export interface CallMeasures {
  /** Reading requests: bytes to runtime data. */
  readonly decodeMs: number;
  /** Writing responses: runtime data to bytes. */
  readonly encodeMs: number;
  /** How many inputs and outputs there were of each kind. */
  readonly kinds: ReadonlyMap<string, number>;
  /** Sequence numbers that chunks left out. */
  readonly sequenceGaps: number;
}

/** What a session did, in the form of the wire. */
export function toExecutionMetrics(session: ToldSession, measures: CallMeasures): wire.ExecutionMetrics {
  const { report } = session;
  const { connections } = session.overview();
  const nodeMetrics = new Map<string, wire.NodeMetrics>();
  let cpuTimeMs = 0;
  let memoryUsedBytes = 0;
  for (const node of report.nodes) {
    cpuTimeMs += node.cpuMs;
    memoryUsedBytes += node.peakBytes;
    nodeMetrics.set(node.nodeId, {
      executionTimeMs: node.processMs,
      memoryBytes: node.peakBytes,
      itemsProcessed: node.itemsIn,
      customMetrics: JSON.stringify({
        items_out: node.itemsOut,
        output_kinds: node.outputKinds,
        ...(Object.keys(node.leftOut).length === 0 ? {} : { left_out: node.leftOut }),
        cpu_ms: Math.round(node.cpuMs),
        ...(node.pid === null ? {} : { pid: node.pid }),
        inputs: report.connections.filter(({ to }) => to === node.nodeId).map(connectionCounts),
      }),
    });
  }
  return {
    wallTimeMs: report.wallMs,
    cpuTimeMs,
    memoryUsedBytes,
    nodeMetrics,
    serializationTimeMs: measures.decodeMs + measures.encodeMs,
    protoToRuntimeMs: measures.decodeMs,
    runtimeToProtoMs: measures.encodeMs,
    dataTypeBreakdown: new Map(measures.kinds),
    connections: connections.map(toConnectionMetrics),
    messagesDropped: totalDropped(connections),
    sequenceGaps: measures.sequenceGaps,
  };
}

export function toConnectionMetrics(connection: ConnectionOverview): wire.ConnectionMetrics {
  const { from, to, sent, received, dropped, depth, fullEpisodes } = connection;
  return { from, to, sent, received, dropped, depth, fullEpisodes };
}

export function totalDropped(connections: readonly { readonly dropped: number }[]): number {
  return connections.reduce((sum, { dropped }) => sum + dropped, 0);
}

function connectionCounts({ from, sent, received, dropped, latency }: SessionReport['connections'][number]) {
  const latencyMs = latency === null ? null : { p50: latency.p50Ms, p99: latency.p99Ms, max: latency.maxMs };
  return { from, sent, received, dropped, latency_ms: latencyMs };
}
