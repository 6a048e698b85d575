import type { ClientDuplexStream } from '@grpc/grpc-js';
import {
  fromDataBuffer,
  fromErrorResponse,
  RemoteMediaError,
  type RuntimeData,
  toDataBuffer,
  toNamedBuffers,
  wire,
} from '@remotemedia/contract';
import { fromCallError } from './call-error.js';
import { cancelCall } from './cancel-call.js';

/** Everything a stream can say, in the order it is said. */
export type StreamEvent =
  | {
      readonly type: 'init_progress';
      readonly nodeId: string;
      /** `starting`, `loading_model`, `ready` or `error`. */
      readonly status: string;
      /** 0 to 1, or null where the node does not say. */
      readonly fraction: number | null;
      readonly message: string;
      readonly elapsedMs: number;
    }
  | { readonly type: 'ready'; readonly sessionId: string; readonly warnings: readonly string[] }
  | { readonly type: 'result'; readonly nodeId: string; readonly sequence: number; readonly data: RuntimeData }
  /** Comes now and then (service.metrics_interval_secs): how each connection does, and what was dropped so far. */
  | { readonly type: 'metrics'; readonly metrics: wire.StreamMetrics }
  | { readonly type: 'closed'; readonly reason: string; readonly metrics: wire.ExecutionMetrics | null };

/** One message for one node. */
export interface Chunk {
  readonly nodeId: string;
  readonly data: RuntimeData;
  /** Must grow within a stream. Default: one more than the last. */
  readonly sequence?: number;
  /** Media time of the first sample or frame. Default 0. */
  readonly timestampMs?: number;
}

/** Events after which a call takes nothing more. */
const OVER = ['error', 'end', 'close'] as const;

/** `closed` holds from the moment that no chunk may follow, in either direction. */
type State = 'open' | 'closing' | 'closed';

/**
 * One running pipeline. Iterate it for events, once; a failure of the pipeline is thrown by the iteration.
 *
 * Both directions have backpressure: events that nobody takes stop the service's sinks, and `send` resolves only
 * when there is room. A caller that sends without reading therefore stalls in the end. Leaving the iteration before
 * `closed` cancels the pipeline.
 */
export class PipelineStream implements AsyncIterable<StreamEvent> {
  readonly #call: ClientDuplexStream<wire.StreamRequest, wire.StreamResponse>;
  readonly #address: string;
  readonly #events: AsyncGenerator<StreamEvent, void, undefined>;
  readonly #signal: AbortSignal | undefined;
  #sequence = -1;
  #state: State = 'open';
  #failure: RemoteMediaError | null = null;
  /** Resolves when the last message was handed to the transport; it never rejects. */
  #handedOver: Promise<void> = Promise.resolve();

  /** Made by `client.stream()`. */
  constructor(
    call: ClientDuplexStream<wire.StreamRequest, wire.StreamResponse>,
    init: wire.StreamInit,
    address: string,
    signal: AbortSignal | undefined,
  ) {
    this.#call = call;
    this.#address = address;
    this.#signal = signal;
    // Every `send` that waits listens, and nobody has to wait for one before the next.
    call.setMaxListeners(0);
    // Kept here as well as thrown by the iteration: `send` must end with it too, and without a listener a failure
    // that comes while nobody iterates would be an unhandled event.
    call.once('error', (error) => this.#close(fromCallError(error, address)));
    call.once('end', () => this.#close(null));
    if (signal?.aborted === true) this.cancel();
    else signal?.addEventListener('abort', this.#onAbort, { once: true });
    this.#write({ $case: 'init', value: init });
    this.#events = this.#read();
  }

  [Symbol.asyncIterator](): AsyncGenerator<StreamEvent, void, undefined> {
    return this.#events;
  }

  /** Why the stream ended, once it has ended and was not closed well. */
  get failure(): RemoteMediaError | null {
    return this.#failure;
  }

  /**
   * Sends a chunk; its bytes must not change before it is flushed. Chunks may be sent before the pipeline is `ready`.
   *
   * Resolves when the next one may be sent.
   *
   * @throws RemoteMediaError the pipeline's failure; `input.invalid` after `close()`.
   */
  async send(chunk: Chunk): Promise<void> {
    this.#assertOpen();
    this.#sequence = chunk.sequence ?? this.#sequence + 1;
    const { nodeId, data, timestampMs = 0 } = chunk;
    const isComposite = data.kind === 'composite';
    const room = this.#write({
      $case: 'dataChunk',
      value: {
        nodeId,
        buffer: isComposite ? undefined : toDataBuffer(data),
        namedBuffers: isComposite ? toNamedBuffers(data.buffers) : new Map(),
        sequence: this.#sequence,
        timestampMs,
      },
    });
    if (!room) await this.#settled((settle) => this.#call.once('drain', settle));
  }

  /**
   * Waits until everything that was sent so far has left the client's own queue: gRPC has written it to the connection.
   *
   * It says nothing about the service: the protocol has no flush command, so the nodes may still be at work. Only
   * `close()` makes them give out what they hold back.
   *
   * @throws RemoteMediaError the pipeline's failure.
   */
  async flush(): Promise<void> {
    if (this.#failure !== null) throw this.#failure;
    if (this.#state === 'closed') return;
    const handedOver = this.#handedOver;
    await this.#settled((settle) => void handedOver.then(settle));
  }

  /** No more input: the pipeline flushes, its last results come, then `closed`. Goes on with the iteration. */
  close(): void {
    if (this.#state !== 'open') return;
    this.#state = 'closing';
    this.#write({ $case: 'control', value: { command: wire.StreamControl_Command.CLOSE } });
    this.#call.end();
  }

  /** Stops the pipeline now. No result follows; the iteration ends with `session.cancelled`. */
  cancel(): void {
    if (this.#state === 'closed') return;
    if (this.#state === 'open') {
      this.#write({ $case: 'control', value: { command: wire.StreamControl_Command.CANCEL } });
    }
    this.#close(new RemoteMediaError('session.cancelled', 'The stream was cancelled by its client.'));
    cancelCall(this.#call);
  }

  readonly #onAbort = (): void => this.cancel();

  #assertOpen(): void {
    if (this.#failure !== null) throw this.#failure;
    if (this.#state !== 'open') {
      throw new RemoteMediaError('input.invalid', 'No chunk may follow after the end of the stream.', {
        hint: 'Send all chunks before calling close().',
      });
    }
  }

  #close(failure: RemoteMediaError | null): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#failure = failure;
    this.#signal?.removeEventListener('abort', this.#onAbort);
  }

  /** Whether there is room for more. */
  #write(request: NonNullable<wire.StreamRequest['request']>): boolean {
    let room = false;
    this.#handedOver = new Promise((resolve) => {
      room = this.#call.write({ request }, () => resolve());
    });
    return room;
  }

  /** Waits until `listen` calls back, or the call is over. */
  #settled(listen: (settle: () => void) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        for (const event of ['drain', ...OVER] as const) this.#call.off(event, settle);
        if (this.#failure === null) resolve();
        else reject(this.#failure);
      };
      listen(settle);
      for (const event of OVER) this.#call.once(event, settle);
    });
  }

  async *#read(): AsyncGenerator<StreamEvent, void, undefined> {
    let failure: RemoteMediaError | null = null;
    try {
      for await (const message of this.#call as AsyncIterable<wire.StreamResponse>) {
        const { response } = message;
        // The whole error comes as a message; the status that follows it has a shorter one.
        if (response?.$case === 'error') failure = fromErrorResponse(response.value);
        else if (response !== undefined) yield* toEvents(response);
      }
    } catch (error) {
      throw failure ?? this.#failure ?? fromCallError(error, this.#address);
    } finally {
      // A consumer that stops half way is not interested in the rest.
      if (this.#state !== 'closed') cancelCall(this.#call);
    }
    if (failure !== null) throw failure;
  }
}

function* toEvents(response: NonNullable<wire.StreamResponse['response']>): Generator<StreamEvent> {
  switch (response.$case) {
    case 'initProgress': {
      const { nodeId, status, fraction, message, elapsedMs } = response.value;
      yield { type: 'init_progress', nodeId, status, fraction: fraction ?? null, message, elapsedMs };
      break;
    }
    case 'ready':
      yield { type: 'ready', sessionId: response.value.sessionId, warnings: response.value.warnings };
      break;
    case 'result':
      for (const [nodeId, buffer] of response.value.dataOutputs) {
        yield { type: 'result', nodeId, sequence: response.value.sequence, data: fromDataBuffer(buffer) };
      }
      break;
    case 'metrics':
      yield { type: 'metrics', metrics: response.value };
      break;
    case 'closed':
      yield { type: 'closed', reason: response.value.reason, metrics: response.value.finalMetrics ?? null };
      break;
    case 'error':
      break;
  }
}
