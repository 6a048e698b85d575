/**
 * What this service uses of the native channel, as types of its own: tests put a fake in its place.
 */

/** One frame out of shared memory. */
export interface ChannelMessage {
  /** Number of the kind; 0 is END. */
  readonly kind: number;
  readonly sequence: number;
  /** Media time; 0 when there is none. */
  readonly timestampUs: number;
  /** Monotonic clock at the send, in nanoseconds. */
  readonly sentNs: number;
  /** Frames that were dropped right before this one. */
  readonly dropped: number;
  /** A copy when small, a view on shared memory when large: then it may only be read. */
  readonly body: Uint8Array;
  readonly isView: boolean;
  readonly meta: Uint8Array;
  /** Gives the slot back; a body that is a view is unusable from here on. */
  release(): void;
}

export interface ChannelReceiver {
  /** Null arms the wake-up. `memory`: where a large frame is copied to; without it, its body is a view. */
  tryReceive(memory?: (byteLength: number) => Uint8Array): ChannelMessage | null;
  close(): void;
}

export interface ChannelSender {
  /**
   * 0: sent. 1: full, and a wake-up follows.
   *
   * @throws Error with `code` `limit.message_size` or `limit.shared_memory`.
   */
  trySend(kind: number, sequence: number, timestampUs: number, body: Uint8Array, meta: Uint8Array): number;
  /** Whether the other side has taken everything, END included; false arms the wake-up. */
  allTaken(): boolean;
  close(): void;
}

/** Counts that both ends of an edge share; they survive the death of either. */
export interface ChannelEdgeStats {
  readonly sent: number;
  readonly taken: number;
  /** Frames sent and frames delivered, END not among them; once the edge is over, the difference is lost. */
  readonly messagesSent: number;
  readonly received: number;
  readonly bytesInFlight: number;
  readonly dropped: number;
  /** Frames whose way was measured: from being sent to being taken, time in the queue included. */
  readonly latencyCount: number;
  readonly latencyP50Ms: number;
  readonly latencyP99Ms: number;
  readonly latencyMaxMs: number;
}

export interface ChannelEdgeSpec {
  /** Inbox of the sender; 0 is the service. */
  readonly from: number;
  readonly to: number;
  readonly capacity: number;
  readonly maxBytes: number;
  readonly lossless: boolean;
}

/** The shared memory of one session. */
export interface ChannelDomain {
  readonly root: string;
  readonly prefix: string;
  openSender(edge: number): ChannelSender;
  openReceiver(edge: number): ChannelReceiver;
  /** After a wake-up every waiting sender and receiver tries again. */
  listen(onWake: () => void): void;
  stats(edge: number): ChannelEdgeStats;
  /** Wake-ups that only the safety check found: a defect when not 0. */
  rescues(): number;
  /** Kills who still carries the session's mark, removes the rest; resolves with how many were killed. */
  close(): Promise<number>;
}

/** This service's place on the machine: creates domains, sweeps what dead services left. */
export interface ChannelInstance {
  /** Names of this service's shared memory start with `rm_<id>_`. */
  readonly id: string;
  /** Folder of the files of its sessions. */
  readonly dir: string;
  createDomain(spec: { readonly inboxes: number; readonly edges: readonly ChannelEdgeSpec[] }): Promise<ChannelDomain>;
  close(): Promise<void>;
}
