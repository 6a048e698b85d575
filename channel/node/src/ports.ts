/** The two ends of an edge. Neither blocks. */

import { native } from './error.js';
import type { NativeReceiver, NativeSender, NativeView } from './native.js';

/** A payload up to this many bytes is copied out; a longer one is read in place. */
const COPY_BYTES = 64 * 1024;

/** Numbers that the addon writes for each message, in this order. */
const KIND = 0;
const EDGE_SEQ = 1;
const SEQUENCE = 2;
const TIMESTAMP_US = 3;
const SENT_NS = 4;
const DROPPED = 5;
const BODY_LEN = 6;
const META_AT = 7;

/** The message is on its way. */
export const SENT = 0;
/** The edge is full; the domain's wake-up comes when it is worth trying again. */
export const FULL = 1;

/** The sending end of an edge. */
export class Sender {
  readonly #native: NativeSender;

  /** @internal */
  constructor(sender: NativeSender) {
    this.#native = sender;
  }

  /**
   * Copies one message into shared memory and wakes the receiver.
   *
   * @returns {@link SENT} or {@link FULL}.
   * @throws ChannelError `limit.message_size`, `limit.shared_memory`, `channel.closed`.
   */
  trySend(kind: number, sequence: number, timestampUs: number, body: Uint8Array, meta: Uint8Array): 0 | 1 {
    return native(() => this.#native.trySend(kind, sequence, timestampUs, body, meta)) ? SENT : FULL;
  }

  /** Whether the receiver took everything; when false, a wake-up comes. */
  allTaken(): boolean {
    return native(() => this.#native.allTaken());
  }

  /** Nothing goes through it any more; its memory goes with the domain, off the main thread. */
  close(): void {
    this.#native.close();
  }
}

/** Gives memory of exactly this many bytes. */
export type LargeMemory = (byteLength: number) => Uint8Array;

/** One message. `body` and `meta` are read-only. */
export class Message {
  readonly kind: number;
  /** This edge's own count, one more per message. */
  readonly edgeSeq: number;
  readonly sequence: number;
  /** Media time in microseconds, 0 for none. */
  readonly timestampUs: number;
  /** CLOCK_MONOTONIC when it was sent, in nanoseconds: `process.hrtime` shares it. */
  readonly sentNs: number;
  /** Messages that gave way right before this one. */
  readonly dropped: number;
  /** A copy when the message is small or memory was given for it; otherwise a view that `release` detaches. */
  readonly body: Uint8Array;
  readonly meta: Uint8Array;
  #view: { native: NativeView; buffer: ArrayBuffer } | null = null;

  /** @internal */
  constructor(receiver: NativeReceiver, header: Float64Array, payloadLen: number, memory: LargeMemory | undefined) {
    this.kind = header[KIND] as number;
    this.edgeSeq = header[EDGE_SEQ] as number;
    this.sequence = header[SEQUENCE] as number;
    this.timestampUs = header[TIMESTAMP_US] as number;
    this.sentNs = header[SENT_NS] as number;
    this.dropped = header[DROPPED] as number;
    const bodyLen = header[BODY_LEN] as number;
    const metaAt = header[META_AT] as number;
    let payload: Uint8Array;
    if (payloadLen <= COPY_BYTES) {
      payload = Buffer.allocUnsafe(payloadLen);
      receiver.copyInto(payload);
    } else if (memory !== undefined) {
      payload = memory(payloadLen);
      receiver.copyInto(payload);
    } else {
      const view = receiver.view();
      const buffer = view.buffer();
      this.#view = { native: view, buffer };
      payload = new Uint8Array(buffer);
    }
    this.body = payload.subarray(0, bodyLen);
    this.meta = payload.subarray(metaAt);
  }

  /** True when `body` is a view on shared memory, which must not be written. */
  get isView(): boolean {
    return this.#view !== null;
  }

  /** Gives the slot back. A body that is a view has length 0 from here on. */
  release(): void {
    const view = this.#view;
    if (view === null) return;
    this.#view = null;
    native(() => view.native.release(view.buffer));
  }
}

/** The receiving end of an edge. */
export class Receiver {
  readonly #native: NativeReceiver;
  readonly #header = new Float64Array(8);

  /** @internal */
  constructor(receiver: NativeReceiver) {
    this.#native = receiver;
  }

  /**
   * Takes the next message and gives its credit back, so call it only when the
   * message can be worked on. `null`: none is there, and a wake-up comes.
   *
   * @param memory where a large message is copied to; without it, a large message is a view on shared memory.
   */
  tryReceive(memory?: LargeMemory): Message | null {
    return native(() => {
      const payloadLen = this.#native.take(this.#header);
      return payloadLen < 0 ? null : new Message(this.#native, this.#header, payloadLen, memory);
    });
  }

  /** Nothing goes through it any more; its memory goes with the domain, off the main thread. */
  close(): void {
    this.#native.close();
  }
}
