import type { ServerDuplexStream } from '@grpc/grpc-js';

/** Reads the requests of a stream one at a time, and no faster than they are asked for. */
export class RequestReader {
  readonly #call: ServerDuplexStream<Buffer, Buffer>;
  #state: 'open' | 'half-closed' | 'interrupted' = 'open';
  #reason: Error | null = null;
  #wake: (() => void) | null = null;

  constructor(call: ServerDuplexStream<Buffer, Buffer>) {
    this.#call = call;
    keepOneMessage(call);
    call.on('readable', () => this.#wakeUp());
    call.on('end', () => {
      if (this.#state === 'open') this.#state = 'half-closed';
      this.#wakeUp();
    });
  }

  /** The next request; null when the client has said its last. Rejects with the reason given to `interrupt`. */
  async next(): Promise<Buffer | null> {
    for (;;) {
      if (this.#reason !== null) throw this.#reason;
      const request = this.#call.read() as Buffer | null;
      if (request !== null) return request;
      if (this.#state === 'half-closed') return null;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Ends a wait with `reason`, now and from now on. */
  interrupt(reason: Error): void {
    if (this.#state === 'interrupted') return;
    this.#state = 'interrupted';
    this.#reason = reason;
    this.#wakeUp();
  }

  #wakeUp(): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }
}

/**
 * grpc-js reads 16 messages ahead, whatever their size: with large ones that is a gigabyte nobody has asked for. There is no
 * option for it, so the stream's own mark is lowered; a test measures the effect.
 */
function keepOneMessage(call: ServerDuplexStream<Buffer, Buffer>): void {
  const { _readableState: state } = call as unknown as { _readableState?: { highWaterMark?: number } };
  if (state?.highWaterMark !== undefined) state.highWaterMark = 1;
}
