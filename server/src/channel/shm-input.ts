import { decodeFrame, type Frame, type RuntimeData } from '@remotemedia/contract';
import type { ConnectionMetrics } from '../observe/metrics.js';
import type { ChannelMessage, ChannelReceiver } from './binding.js';
import { fromConnectionError } from './channel-error.js';
import { LargeBuffers, type LentBuffer } from './large-buffers.js';

const END_KIND = 0;
/** The monotonic clock that senders stamp frames with is this far ahead of `performance.now()`. */
const MONOTONIC_OFFSET_MS = monotonicOffsetMs();

export interface ShmInputOptions {
  readonly from: string;
  readonly to: string;
  readonly receiver: ChannelReceiver;
  readonly metrics: ConnectionMetrics;
  /**
   * `copy`: frames are copies, which the reader may change; a large one is the reader's until it releases it. `borrow`: large
   * frames look at shared memory, which cannot be written, until they are released.
   */
  readonly mode: 'copy' | 'borrow';
  /** Told how long a frame took that this end was waiting for: the way alone, no time in the queue. */
  readonly onTransfer: (durationMs: number, bytes: number) => void;
  /** Told when frames have given way to newer ones. */
  readonly onDropping: () => void;
}

export interface ShmFrame extends Frame {
  readonly release: (() => void) | null;
}

/** The receiving end of a connection out of shared memory. */
export class ShmInput {
  readonly from: string;
  readonly to: string;
  readonly #receiver: ChannelReceiver;
  readonly #metrics: ConnectionMetrics;
  readonly #options: ShmInputOptions;
  readonly #memory: ((byteLength: number) => Uint8Array) | undefined;
  /** Where the frame that was just taken has been copied to. */
  #lent: LentBuffer | null = null;
  #listener: (() => void) | null = null;
  #state: 'open' | 'waiting' | 'ended' | 'closed' = 'open';

  constructor(options: ShmInputOptions) {
    this.from = options.from;
    this.to = options.to;
    this.#receiver = options.receiver;
    this.#metrics = options.metrics;
    this.#options = options;
    if (options.mode === 'copy') {
      const buffers = new LargeBuffers();
      this.#memory = (byteLength) => {
        this.#lent = buffers.lend(byteLength);
        return this.#lent.bytes;
      };
    }
  }

  onReady(listener: () => void): void {
    this.#listener = listener;
  }

  /**
   * The next frame; `end` once there is none any more; null: nothing yet.
   *
   * @throws RemoteMediaError `frame.invalid`: the other end sent what is no frame
   */
  tryReceive(): ShmFrame | 'end' | null {
    if (this.#state === 'ended') return 'end';
    if (this.#state === 'closed') return null;
    const message = this.#take();
    if (message === null) {
      this.#state = 'waiting';
      return null;
    }
    const wasWaiting = this.#state === 'waiting';
    if (message.dropped > 0) {
      this.#metrics.dropped += message.dropped;
      this.#options.onDropping();
    }
    if (message.kind === END_KIND) {
      message.release();
      this.#state = 'ended';
      return 'end';
    }
    this.#state = 'open';
    this.#measure(message, wasWaiting);
    return this.#frame(message);
  }

  onWake(): void {
    if (this.#state === 'waiting') this.#listener?.();
  }

  close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#listener = null;
    this.#receiver.close();
  }

  #take(): ChannelMessage | null {
    try {
      return this.#receiver.tryReceive(this.#memory);
    } catch (error) {
      throw fromConnectionError(error, this.from, this.to);
    }
  }

  #measure(message: ChannelMessage, wasWaiting: boolean): void {
    this.#metrics.received += 1;
    if (!wasWaiting) return;
    const latencyMs = performance.now() + MONOTONIC_OFFSET_MS - message.sentNs / 1e6;
    this.#options.onTransfer(latencyMs, message.body.byteLength);
  }

  #frame(message: ChannelMessage): ShmFrame {
    const { sequence, timestampUs } = message;
    const data = this.#decode(message);
    if (message.isView) return { sequence, timestampUs, data, release: () => message.release() };
    const lent = this.#lent;
    this.#lent = null;
    return { sequence, timestampUs, data, release: lent?.giveBack ?? null };
  }

  #decode(message: ChannelMessage): RuntimeData {
    try {
      return decodeFrame(message.kind, message.body, message.meta);
    } catch (error) {
      message.release();
      throw fromConnectionError(error, this.from, this.to);
    }
  }
}

/** The first call of either clock takes milliseconds, so the two are read a few times: the closest pair is the true one. */
function monotonicOffsetMs(): number {
  let offsetMs = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 5; round += 1) {
    const nowMs = performance.now();
    offsetMs = Math.min(offsetMs, Number(process.hrtime.bigint()) / 1e6 - nowMs);
  }
  return offsetMs;
}
