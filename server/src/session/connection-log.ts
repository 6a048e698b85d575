import type { ServiceEvents } from '../observe/events.js';
import type { Logger } from '../observe/logger.js';
import { type Graph, OUTSIDE } from './graph.js';

/** A frame that takes longer than this between two executors deserves a word. */
const SLOW_TRANSFER_MS = 10;

/** Says which connections cross from one executor to another. */
export function logConnections(graph: Graph, log: Logger): void {
  if (!log.enables('debug')) return;
  const kinds = new Map<string, string>(
    graph.nodes.map((node) => [node.id, node.kind === 'native' ? 'Native' : 'Multiprocess']),
  );
  kinds.set(OUTSIDE, 'Native');
  for (const { from, to, channelEdge } of graph.edges) {
    if (channelEdge === null) continue;
    const ends = `${kinds.get(from) ?? ''} → ${kinds.get(to) ?? ''}`;
    log.plain.debug(`Data bridge created: ${ends} (${from || 'input'} → ${to || 'results'})`, { from, to });
  }
}

/** A connection that was full less than this long ago is still in the same episode. */
const SAME_EPISODE_MS = 5000;

/** Reports full connections, once per episode: under load a connection may be full a thousand times a second. */
export function fullReporter(session: string, log: Logger, events: ServiceEvents) {
  const lastFullMs = new Map<string, number>();
  return (from: string, to: string): void => {
    const connection = `${from} ${to}`;
    const nowMs = performance.now();
    const lastMs = lastFullMs.get(connection);
    lastFullMs.set(connection, nowMs);
    if (lastMs !== undefined && nowMs - lastMs < SAME_EPISODE_MS) return;
    log.warn(`Channel full, backpressure active (${from || 'input'} → ${to || 'results'})`, { from, to });
    events.emit({ type: 'connection.full', session, from, to });
  };
}

/** Reports slow transfers, once for each time that a connection turns from fast to slow. */
export function slowTransferReporter(session: string, log: Logger, events: ServiceEvents) {
  const slow = new Set<string>();
  return (from: string, to: string, latencyMs: number, bytes: number): void => {
    if (latencyMs <= SLOW_TRANSFER_MS) {
      if (slow.size > 0) slow.delete(`${from} ${to}`);
      return;
    }
    const connection = `${from} ${to}`;
    if (slow.has(connection)) return;
    slow.add(connection);
    const way = `${from || 'input'} → ${to || 'results'}`;
    const took = latencyMs.toFixed(1);
    log.warn(`Data conversion latency >10ms: ${took} ms for ${bytes} bytes (${way})`, { from, to, latencyMs, bytes });
    events.emit({ type: 'connection.slow', session, from, to, latencyMs, bytes });
  };
}
