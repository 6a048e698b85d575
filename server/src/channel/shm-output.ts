import { encodeFrame, type Frame } from '@remotemedia/contract';
import type { ConnectionMetrics } from '../observe/metrics.js';
import type { ChannelSender } from './binding.js';
import { fromConnectionError } from './channel-error.js';
import { Turnstile } from './turnstile.js';

const SENT = 0;
const END_KIND = 0;
const NOTHING = new Uint8Array(0);
/** Below this size putting a frame into shared memory takes microseconds; nobody needs a clock for it. */
const TIMED_BYTES = 65_536;

export interface ShmOutputOptions {
  readonly from: string;
  readonly to: string;
  readonly sender: ChannelSender;
  readonly metrics: ConnectionMetrics;
  /** Frames the connection can hold. */
  readonly capacity: number;
  /** Told when the connection becomes full, once until it has drained to half. */
  readonly onFull: () => void;
  /** Told how long it took to put a large frame into shared memory. */
  readonly onTransfer: (durationMs: number, bytes: number) => void;
  /** Frames sent and not yet taken. */
  readonly depth: () => number;
}

/** The sending end of a connection into shared memory. */
export class ShmOutput {
  readonly from: string;
  readonly to: string;
  readonly keepsBytes = false;
  readonly #sender: ChannelSender;
  readonly #options: ShmOutputOptions;
  readonly #metrics: ConnectionMetrics;
  readonly #room = new Turnstile();
  #isFull = false;

  constructor(options: ShmOutputOptions) {
    this.from = options.from;
    this.to = options.to;
    this.#sender = options.sender;
    this.#options = options;
    this.#metrics = options.metrics;
  }

  /** Undefined: sent. A promise: the connection is full. */
  send(frame: Frame): Promise<void> | undefined {
    const { kind, body, meta } = encodeFrame(frame.data);
    if (this.#isFull && this.#options.depth() * 2 <= this.#options.capacity) this.#isFull = false;
    if (this.#room.isFree && this.#trySend(kind, frame.sequence, frame.timestampUs, body, meta)) return undefined;
    return this.#room.enter(async () => {
      while (!this.#trySend(kind, frame.sequence, frame.timestampUs, body, meta)) await this.#room.wait();
    });
  }

  end(): Promise<void> {
    return this.#room.enter(async () => {
      // A connection that drops would drop its last frame in favour of END.
      while (!this.#allTaken()) await this.#room.wait();
      while (!this.#offer(END_KIND, 0, 0, NOTHING, NOTHING)) await this.#room.wait();
      while (!this.#allTaken()) await this.#room.wait();
    });
  }

  /** Rejects what waits, and later sends, with `reason`. The channel itself stays open: its other end may still run. */
  interrupt(reason: Error): void {
    this.#room.close(reason);
  }

  close(): void {
    this.#sender.close();
  }

  onWake(): void {
    this.#room.wake();
  }

  #allTaken(): boolean {
    try {
      return this.#sender.allTaken();
    } catch (error) {
      throw fromConnectionError(error, this.from, this.to);
    }
  }

  #trySend(kind: number, sequence: number, timestampUs: number, body: Uint8Array, meta: Uint8Array): boolean {
    const bytes = body.byteLength;
    const startedMs = bytes >= TIMED_BYTES ? performance.now() : 0;
    if (!this.#offer(kind, sequence, timestampUs, body, meta)) {
      this.#reportFull();
      return false;
    }
    if (bytes >= TIMED_BYTES) this.#options.onTransfer(performance.now() - startedMs, bytes);
    this.#metrics.sent += 1;
    this.#metrics.sentBytes += bytes;
    return true;
  }

  #offer(kind: number, sequence: number, timestampUs: number, body: Uint8Array, meta: Uint8Array): boolean {
    this.#room.throwIfClosed();
    try {
      return this.#sender.trySend(kind, sequence, timestampUs, body, meta) === SENT;
    } catch (error) {
      throw fromConnectionError(error, this.from, this.to);
    }
  }

  #reportFull(): void {
    if (this.#isFull) return;
    this.#isFull = true;
    this.#metrics.fullEpisodes += 1;
    this.#options.onFull();
  }
}
