/** For tests: an edge of the native channel in memory, with its credits and its wake-ups. */
import type { ChannelMessage, ChannelReceiver, ChannelSender } from './binding.js';

export interface FakeEdgeOptions {
  readonly capacity?: number;
  /** False: a full edge drops its oldest frame. Default: true. */
  readonly lossless?: boolean;
  /** Bodies longer than this are handed out as views, which a release empties. */
  readonly viewBytes?: number;
}

/** Both ends of an edge. `onWake` is the doorbell of everyone who waits. */
export class FakeEdge {
  readonly released: number[] = [];
  onWake: () => void = () => undefined;
  readonly sender: ChannelSender;
  readonly receiver: ChannelReceiver;
  #state: 'open' | 'closed' = 'open';
  #error: Error | null = null;
  #sent = 0;
  #taken = 0;
  /** Since the last frame that was taken. */
  #dropped = 0;
  readonly #queue: ChannelMessage[] = [];

  constructor({ capacity = 100, lossless = true, viewBytes = 65_536 }: FakeEdgeOptions = {}) {
    this.sender = {
      trySend: (kind, sequence, timestampUs, body, meta) => {
        if (this.#error !== null) throw this.#error;
        if (this.#sent - this.#taken >= capacity) {
          if (lossless) return 1;
          this.#queue.shift();
          this.#taken += 1;
          this.#dropped += 1;
        }
        this.#queue.push(this.#message(kind, sequence, timestampUs, body, meta, viewBytes));
        this.#sent += 1;
        this.#wakeSoon();
        return 0;
      },
      allTaken: () => this.#sent === this.#taken,
      close: () => {
        this.#state = 'closed';
      },
    };
    this.receiver = {
      tryReceive: (memory) => {
        const message = this.#queue.shift() ?? null;
        if (message === null) return null;
        const dropped = this.#dropped;
        this.#dropped = 0;
        this.#taken += 1;
        this.#wakeSoon();
        if (dropped > 0) return { ...message, dropped };
        if (!message.isView || memory === undefined) return message;
        const body = memory(message.body.byteLength);
        body.set(message.body);
        message.release();
        return { ...message, body, isView: false, release: () => undefined };
      },
      close: () => {
        this.#state = 'closed';
      },
    };
  }

  get isClosed(): boolean {
    return this.#state === 'closed';
  }

  get depth(): number {
    return this.#sent - this.#taken;
  }

  /** What the next send throws. */
  failWith(error: Error): void {
    this.#error = error;
  }

  #message(
    kind: number,
    sequence: number,
    timestampUs: number,
    body: Uint8Array,
    meta: Uint8Array,
    viewBytes: number,
  ): ChannelMessage {
    const isView = body.byteLength > viewBytes;
    const copy = new Uint8Array(body);
    const sentNs = Number(process.hrtime.bigint());
    const release = (): void => {
      this.released.push(sequence);
      if (isView) copy.fill(0);
    };
    return { kind, sequence, timestampUs, sentNs, dropped: 0, body: copy, isView, meta: new Uint8Array(meta), release };
  }

  /** The doorbell rings in a later turn of the event loop, as the real one does. */
  #wakeSoon(): void {
    setImmediate(() => this.onWake());
  }
}
