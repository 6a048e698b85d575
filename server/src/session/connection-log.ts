import type { ServiceEvents } from '../observe/events.js';
import type { Logger } from '../observe/logger.js';
import { type Conversion, type Graph, OUTSIDE } from './graph.js';
import type { ConnectionReport } from './report.js';

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

/** More converters than that are counted only. */
const MOST_NAMED = 10;

/** Says where audio is converted. */
export function logConversions(conversions: readonly Conversion[], log: Logger): void {
  if (conversions.length === 0) return;
  const named = conversions.slice(0, MOST_NAMED).map(conversionText);
  const more = conversions.length - named.length;
  log.info(`Converts audio where it does not fit: ${named.join('; ')}${more === 0 ? '' : `; and ${more} more`}`);
}

/** `tts → asr: 24000 Hz, 1 channel, i16 → 16000 Hz, 1 channel` */
export function conversionText({ from, to, given, accepted }: Conversion): string {
  return `${from || 'input'} → ${to}: ${given} → ${accepted}`;
}

/** A connection that was full less than this long ago is still in the same episode. */
const SAME_EPISODE_MS = 5000;

/** Reports full connections, once per episode: under load a connection may be full a thousand times a second. */
export function fullReporter(session: string, log: Logger, events: ServiceEvents) {
  return oncePerEpisode((from, to) => {
    log.warn(`Channel full, backpressure active (${wayOf(from, to)})`, { from, to });
    events.emit({ type: 'connection.full', session, from, to });
  });
}

/** Reports connections that drop messages, once per episode. */
export function dropReporter(session: string, log: Logger, events: ServiceEvents) {
  return oncePerEpisode((from, to) => {
    log.warn(`Channel full, dropping the oldest messages (${wayOf(from, to)})`, { from, to });
    events.emit({ type: 'connection.dropping', session, from, to });
  });
}

/** Says how much each connection of a session has dropped, where it has. */
export function logDrops(connections: readonly ConnectionReport[], log: Logger): void {
  for (const { from, to, sent, dropped } of connections) {
    if (dropped === 0) continue;
    log.warn(`Dropped ${dropped} of ${sent} messages (${wayOf(from, to)})`, { from, to, sent, dropped });
  }
}

function oncePerEpisode(report: (from: string, to: string) => void): (from: string, to: string) => void {
  const lastMs = new Map<string, number>();
  return (from, to) => {
    const connection = `${from} ${to}`;
    const nowMs = performance.now();
    const beforeMs = lastMs.get(connection);
    lastMs.set(connection, nowMs);
    if (beforeMs === undefined || nowMs - beforeMs >= SAME_EPISODE_MS) report(from, to);
  };
}

function wayOf(from: string, to: string): string {
  return `${from || 'input'} → ${to || 'results'}`;
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
    const way = wayOf(from, to);
    const took = latencyMs.toFixed(1);
    log.warn(`Data conversion latency >10ms: ${took} ms for ${bytes} bytes (${way})`, { from, to, latencyMs, bytes });
    events.emit({ type: 'connection.slow', session, from, to, latencyMs, bytes });
  };
}
