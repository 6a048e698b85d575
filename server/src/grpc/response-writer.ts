import type { ServerDuplexStream } from '@grpc/grpc-js';
import { RemoteMediaError } from '@remotemedia/contract';
import { toBuffer } from './method.js';

/** Bytes that may be on their way to a client before its writer has to wait for it. */
const WINDOW_BYTES = 256 * 1024;
/** What a message costs at least, however small: it waits in lists of objects. */
const MIN_MESSAGE_BYTES = 512;

export interface ResponseWriterOptions {
  /** A client that has not read for this long is given up. */
  readonly stallTimeoutMs: number;
  readonly onStall: (error: RemoteMediaError) => void;
}

/** Writes the responses of a stream no faster than the client reads them. One writer at a time. */
export class ResponseWriter {
  readonly #call: ServerDuplexStream<Buffer, Buffer>;
  readonly #options: ResponseWriterOptions;
  #inFlightBytes = 0;
  #waiter: { resolve(): void; reject(reason: Error): void } | null = null;
  #reason: Error | null = null;

  constructor(call: ServerDuplexStream<Buffer, Buffer>, options: ResponseWriterOptions) {
    this.#call = call;
    this.#options = options;
  }

  /** Writes a message; whoever writes more than a few waits for `room` first. */
  write(message: Uint8Array): void {
    if (this.#reason !== null) return;
    const bytes = Math.max(message.byteLength, MIN_MESSAGE_BYTES);
    this.#inFlightBytes += bytes;
    // The callback is the client's word: HTTP/2 calls it when its flow control has let the message through.
    this.#call.write(toBuffer(message), () => this.#written(bytes));
  }

  /** Whether the client reads as fast as it is written to. */
  get hasRoom(): boolean {
    return this.#inFlightBytes < WINDOW_BYTES;
  }

  /** Undefined: there is room for more. A promise: it resolves when there is, and rejects with the reason given to `interrupt`. */
  room(): Promise<void> | undefined {
    if (this.#reason !== null) throw this.#reason;
    return this.hasRoom ? undefined : this.#wait();
  }

  /** Ends a wait with `reason`, now and from now on: a cancelled call does not call back. */
  interrupt(reason: Error): void {
    if (this.#reason !== null) return;
    this.#reason = reason;
    this.#waiter?.reject(reason);
  }

  #written(bytes: number): void {
    this.#inFlightBytes -= bytes;
    if (this.hasRoom) this.#waiter?.resolve();
  }

  async #wait(): Promise<void> {
    const { stallTimeoutMs, onStall } = this.#options;
    const timer = setTimeout(() => onStall(stalled(stallTimeoutMs)), stallTimeoutMs);
    try {
      await new Promise<void>((resolve, reject) => {
        this.#waiter = { resolve, reject };
      });
    } finally {
      clearTimeout(timer);
      this.#waiter = null;
    }
  }
}

function stalled(timeoutMs: number): RemoteMediaError {
  return new RemoteMediaError(
    'stream.stalled',
    `The client has read no result for ${timeoutMs / 1000} s, and everything waits for it`,
  );
}
