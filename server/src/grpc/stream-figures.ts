import type { RuntimeData, wire } from '@remotemedia/contract';
import type { Session } from '../session/session.js';
import { type CallMeasures, toConnectionMetrics, totalDropped } from './execution-metrics.js';
import type { StreamInput } from './stream-input.js';

/** What a stream counts of itself. */
export class StreamFigures {
  decodeMs = 0;
  encodeMs = 0;
  readonly #kinds = new Map<string, number>();
  #results = 0;
  #latencySumMs = 0;

  /** Results written, the parts of a composite one by one. */
  get results(): number {
    return this.#results;
  }

  countKind(kind: RuntimeData['kind']): void {
    this.#kinds.set(kind, (this.#kinds.get(kind) ?? 0) + 1);
  }

  /** @param latencyMs since the chunk that it came of. */
  countResult(latencyMs: number): void {
    this.#results += 1;
    this.#latencySumMs += latencyMs;
  }

  /** For the end of the stream. */
  measures(input: StreamInput | null): CallMeasures {
    const { decodeMs, encodeMs } = this;
    return { decodeMs, encodeMs, kinds: this.#kinds, sequenceGaps: input?.sequenceGaps ?? 0 };
  }

  /** How the stream is doing now. */
  toStreamMetrics(session: Session, input: StreamInput): wire.StreamMetrics {
    const { connections } = session.overview();
    return {
      sessionId: session.id,
      chunksProcessed: input.chunks,
      averageLatencyMs: this.#results === 0 ? 0 : this.#latencySumMs / this.#results,
      totalItems: this.#results,
      bufferItems: connections.reduce((sum, { depth }) => sum + depth, 0),
      chunksDropped: totalDropped(connections),
      peakMemoryBytes: session.report.nodes.reduce((sum, { peakBytes }) => sum + peakBytes, 0),
      dataTypeBreakdown: new Map(this.#kinds),
      // Nothing is cached here; older clients know these fields.
      cacheHits: 0,
      cacheMisses: 0,
      cachedNodesCount: 0,
      cacheHitRate: 0,
      connections: connections.map(toConnectionMetrics),
      sequenceGaps: input.sequenceGaps,
    };
  }
}
