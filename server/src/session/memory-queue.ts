import { type Frame, RemoteMediaError } from '@remotemedia/contract';
import { Turnstile } from '../channel/turnstile.js';
import type { ConnectionMetrics } from '../observe/metrics.js';
import { frameBytes } from './frame-bytes.js';
import { END, type End, type InputPort, type OutputPort, type ReceivedFrame } from './ports.js';

export interface QueueOptions {
  readonly from: string;
  readonly to: string;
  /** Frames that may wait. */
  readonly capacity: number;
  /** Bytes of media that may wait. */
  readonly maxBytes: number;
  /** True: a full queue makes its sender wait. False: it drops its oldest frame and counts it. */
  readonly lossless: boolean;
  readonly metrics: ConnectionMetrics;
  /** Told when a sender has to wait, once until the reader has caught up. */
  readonly onFull?: () => void;
  /** Told of each frame that is dropped. */
  readonly onDropping?: () => void;
}

/** A connection between two places of this process: the rules of the shared-memory channel, over an array. */
export class MemoryQueue implements InputPort, OutputPort {
  readonly from: string;
  readonly to: string;
  readonly keepsBytes = true;
  readonly #options: QueueOptions;
  readonly #metrics: ConnectionMetrics;
  readonly #slots: (ReceivedFrame | null)[];
  readonly #sizes: Float64Array;
  readonly #room = new Turnstile();
  #head = 0;
  #count = 0;
  #bytes = 0;
  #state: 'open' | 'ending' | 'ended' | 'closed' = 'open';
  #listener: (() => void) | null = null;
  #fullReported = false;

  constructor(options: QueueOptions) {
    this.from = options.from;
    this.to = options.to;
    this.#options = options;
    this.#metrics = options.metrics;
    this.#slots = new Array<ReceivedFrame | null>(options.capacity).fill(null);
    this.#sizes = new Float64Array(options.capacity);
  }

  onReady(listener: () => void): void {
    this.#listener = listener;
  }

  send(frame: Frame): Promise<void> | undefined {
    const bytes = frameBytes(frame.data);
    if (bytes > this.#options.maxBytes) throw this.#tooLarge(bytes);
    if (this.#room.isFree && this.#trySend(frame, bytes)) return undefined;
    return this.#room.enter(async () => {
      while (!this.#trySend(frame, bytes)) await this.#room.wait();
    });
  }

  end(): Promise<void> {
    return this.#room.enter(async () => {
      this.#room.throwIfClosed();
      if (this.#state === 'open') this.#state = 'ending';
      this.#listener?.();
      while (this.#state === 'ending') await this.#room.wait();
    });
  }

  tryReceive(): ReceivedFrame | End | null {
    if (this.#count > 0) {
      const frame = this.#takeOldest();
      this.#metrics.received += 1;
      this.#room.wake();
      return frame;
    }
    // The reader has caught up: the next time there is no room is a new episode.
    this.#fullReported = false;
    if (this.#state === 'open' || this.#state === 'closed') return null;
    this.#state = 'ended';
    this.#room.wake();
    return END;
  }

  /** Ends every wait with `reason`, and forgets what is in the queue. */
  interrupt(reason: Error): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#slots.fill(null);
    this.#count = 0;
    this.#bytes = 0;
    this.#listener = null;
    this.#room.close(reason);
  }

  #trySend(frame: Frame, bytes: number): boolean {
    this.#room.throwIfClosed();
    const { capacity, maxBytes, lossless } = this.#options;
    while (this.#count === capacity || this.#bytes + bytes > maxBytes) {
      if (lossless) {
        this.#reportFull();
        return false;
      }
      this.#takeOldest();
      this.#metrics.dropped += 1;
      this.#options.onDropping?.();
    }
    const slot = (this.#head + this.#count) % capacity;
    this.#slots[slot] = { sequence: frame.sequence, timestampUs: frame.timestampUs, data: frame.data, release: null };
    this.#sizes[slot] = bytes;
    this.#count += 1;
    this.#bytes += bytes;
    this.#metrics.sent += 1;
    this.#metrics.sentBytes += bytes;
    this.#metrics.depth = this.#count;
    if (this.#count === 1) this.#listener?.();
    return true;
  }

  #takeOldest(): ReceivedFrame {
    const frame = this.#slots[this.#head];
    if (frame === null || frame === undefined) throw new RemoteMediaError('internal', 'memory queue lost a frame');
    this.#slots[this.#head] = null;
    this.#bytes -= this.#sizes[this.#head] ?? 0;
    this.#head = (this.#head + 1) % this.#options.capacity;
    this.#count -= 1;
    this.#metrics.depth = this.#count;
    return frame;
  }

  #reportFull(): void {
    if (this.#fullReported) return;
    this.#fullReported = true;
    this.#metrics.fullEpisodes += 1;
    this.#options.onFull?.();
  }

  #tooLarge(bytes: number): RemoteMediaError {
    const way = `${this.from || 'input'} → ${this.to || 'results'}`;
    const text = `A message of ${bytes} bytes on ${way} is larger than shm_segment_size (${this.#options.maxBytes} bytes)`;
    return new RemoteMediaError('limit.message_size', text, {
      nodeId: this.from || this.to || null,
      hint: 'Raise shm_segment_size, or send smaller messages.',
    });
  }
}
