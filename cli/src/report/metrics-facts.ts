import type { wire } from '@remotemedia/contract';

/** What a run has cost, with the keys of the wire; per-node details are parsed where they are JSON. */
export function metricsFacts(metrics: wire.ExecutionMetrics | null): Record<string, unknown> | null {
  if (metrics === null) return null;
  const nodes = [...metrics.nodeMetrics].map(
    ([nodeId, { executionTimeMs, memoryBytes, itemsProcessed, customMetrics }]) => [
      nodeId,
      {
        execution_time_ms: roundMs(executionTimeMs),
        memory_bytes: memoryBytes,
        items_processed: itemsProcessed,
        custom_metrics: parsed(customMetrics),
      },
    ],
  );
  return {
    wall_time_ms: roundMs(metrics.wallTimeMs),
    cpu_time_ms: roundMs(metrics.cpuTimeMs),
    memory_used_bytes: metrics.memoryUsedBytes,
    serialization_time_ms: roundMs(metrics.serializationTimeMs),
    node_metrics: Object.fromEntries(nodes),
    messages_dropped: metrics.messagesDropped,
    sequence_gaps: metrics.sequenceGaps,
    connections: metrics.connections.map(({ fullEpisodes, ...counts }) => ({ ...counts, full_episodes: fullEpisodes })),
  };
}

/** Microseconds are as fine as these measurements are. */
export function roundMs(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

function parsed(text: string): unknown {
  try {
    return text === '' ? null : JSON.parse(text);
  } catch {
    return text;
  }
}
