import { fromDataBuffer, fromNamedBuffers, RemoteMediaError, type RuntimeData, wire } from '@remotemedia/contract';
import type { Session } from '../session/session.js';
import { atNode, checkInput, type InputKinds } from './inputs.js';
import type { LatencyRing } from './latency-ring.js';
import { type CallLimits, checkAudioSamples } from './limits.js';

/** The latest time of a chunk. Inside the pipeline time is in microseconds, which JavaScript counts up to 2^53. */
const MAX_TIMESTAMP_MS = Math.floor(Number.MAX_SAFE_INTEGER / 1000);

/** What a client says in a stream after `init`: chunks, then the end of them. */
export class StreamInput {
  readonly #session: Session;
  readonly #limits: CallLimits;
  readonly #latency: LatencyRing;
  /** What each node takes. */
  readonly #kinds: ReadonlyMap<string, InputKinds>;
  /** By node id. */
  readonly #lastSequences = new Map<string, number>();
  #state: 'open' | 'closed' = 'open';
  #chunks = 0;
  #sequenceGaps = 0;

  constructor(session: Session, limits: CallLimits, latency: LatencyRing) {
    this.#session = session;
    this.#limits = limits;
    this.#latency = latency;
    this.#kinds = new Map(session.nodeIds.map((id) => [id, session.inputKinds(id)]));
  }

  /** Chunks that were taken. */
  get chunks(): number {
    return this.#chunks;
  }

  /** Sequence numbers that were left out between chunks for one node, of all nodes. */
  get sequenceGaps(): number {
    return this.#sequenceGaps;
  }

  /**
   * Takes one message; null: the client has half-closed. A promise: it resolves when there is room for the next.
   *
   * @throws RemoteMediaError `input.invalid`, `stream.init_required`, `stream.unknown_node` or `stream.bad_sequence`
   */
  take(request: wire.StreamRequest['request'] | null): Promise<void> | undefined {
    if (request === null) return this.#close();
    switch (request?.$case) {
      case undefined:
        throw new RemoteMediaError('input.invalid', 'A message of the stream is empty');
      case 'init':
        throw new RemoteMediaError('stream.init_required', '`init` came twice');
      case 'control':
        if (request.value.command === wire.StreamControl_Command.CLOSE) return this.#close();
        throw new RemoteMediaError('input.invalid', `Stream command ${request.value.command} is not known`);
      case 'dataChunk': {
        const { nodeId, sequence, timestampMs } = request.value;
        return this.#send(nodeId, sequence, timestampMs, () => readChunk(request.value));
      }
      case 'audioChunk': {
        const { nodeId, sequence, timestampMs, buffer } = request.value;
        return this.#send(nodeId, sequence, timestampMs, () => readAudio(buffer));
      }
    }
  }

  #close(): undefined {
    if (this.#state === 'open') this.#session.endInput();
    this.#state = 'closed';
    return undefined;
  }

  #send(nodeId: string, sequence: number, timestampMs: number, read: () => RuntimeData): Promise<void> | undefined {
    if (this.#state === 'closed')
      throw new RemoteMediaError('input.invalid', 'A chunk came after COMMAND_CLOSE', { nodeId });
    const kinds = this.#kinds.get(nodeId) ?? this.#refuseNode(nodeId);
    this.#checkSequence(nodeId, sequence);
    checkTimestamp(nodeId, timestampMs);
    const data = atNode(nodeId, read);
    checkInput(kinds, nodeId, data);
    checkAudioSamples(this.#limits, nodeId, data);
    this.#latency.start(sequence);
    this.#chunks += 1;
    return this.#session.send(nodeId, { sequence, timestampUs: timestampMs * 1000, data });
  }

  #refuseNode(nodeId: string): never {
    const known = [...this.#kinds.keys()].join(', ');
    throw new RemoteMediaError(
      'stream.unknown_node',
      `A chunk is for node '${nodeId}'; the nodes of this session are ${known}`,
    );
  }

  #checkSequence(nodeId: string, sequence: number): void {
    const last = this.#lastSequences.get(nodeId);
    this.#lastSequences.set(nodeId, sequence);
    if (last === undefined) return;
    if (sequence > last) {
      this.#sequenceGaps += sequence - last - 1;
      return;
    }
    const text = `Chunk ${sequence} for node '${nodeId}' came after chunk ${last}: sequences must increase`;
    throw new RemoteMediaError('stream.bad_sequence', text, { nodeId, details: { sequence } });
  }
}

function checkTimestamp(nodeId: string, timestampMs: number): void {
  if (timestampMs <= MAX_TIMESTAMP_MS) return;
  const text = `The chunk has timestamp_ms ${timestampMs}; the largest is ${MAX_TIMESTAMP_MS}`;
  throw new RemoteMediaError('input.invalid', text, { nodeId, hint: 'Send the time in milliseconds.' });
}

function readChunk(chunk: wire.DataChunk): RuntimeData {
  if (chunk.namedBuffers.size === 0) {
    if (chunk.buffer === undefined)
      throw new RemoteMediaError('input.invalid', 'The chunk has neither buffer nor named_buffers');
    return fromDataBuffer(chunk.buffer);
  }
  if (chunk.buffer === undefined) return fromNamedBuffers(chunk.namedBuffers);
  throw new RemoteMediaError('input.invalid', 'The chunk has both buffer and named_buffers');
}

function readAudio(buffer: wire.AudioBuffer | undefined): RuntimeData {
  if (buffer === undefined) throw new RemoteMediaError('input.invalid', 'The chunk has no buffer');
  return fromDataBuffer({ dataType: { $case: 'audio', value: buffer }, metadata: new Map() });
}
