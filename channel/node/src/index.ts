/**
 * The shared-memory channel: iceoryx2 for data, a control block for counts, a
 * doorbell for wake-ups. A service opens one {@link Instance} and creates a
 * {@link Domain} per session.
 */

import { native, nativeAsync } from './error.js';
import { loadNative, type NativeDomain, type NativeInstance } from './native.js';
import { Receiver, Sender } from './ports.js';

export { ChannelError, type Shortage } from './error.js';
export { FULL, type LargeMemory, Message, Receiver, SENT, Sender } from './ports.js';

/** One edge. Its number is its place in {@link DomainSpec.edges}. */
export interface EdgeSpec {
  /** Inbox of the sender. */
  readonly from: number;
  /** Inbox of the receiver. */
  readonly to: number;
  /** Messages sent but not taken, 1 or more. */
  readonly capacity: number;
  /** Bytes sent but not released; also the size of the largest message. */
  readonly maxBytes: number;
  /** True: a sender waits at the limits. False: the oldest message gives way. */
  readonly lossless: boolean;
}

/** What a session's domain consists of. Inbox 0 is the service's. */
export interface DomainSpec {
  readonly inboxes: number;
  readonly edges: readonly EdgeSpec[];
  /** False only in tests that prove no wake-up needs rescuing. */
  readonly safetyCheck?: boolean;
}

/** Counts of an edge, shared by both ends; they survive the death of either. */
export interface EdgeStats {
  readonly sent: number;
  readonly taken: number;
  /** Messages sent, END not among them. */
  readonly messagesSent: number;
  /** Messages delivered, END not among them. When the edge is over, all others of `messagesSent` are lost. */
  readonly received: number;
  /** Bytes that wait or that the receiver holds. */
  readonly bytesInFlight: number;
  /** Messages that gave way to newer ones, as far as the receiver has come. */
  readonly dropped: number;
  /** Messages whose way was measured: from being sent to being taken, time in the queue included. */
  readonly latencyCount: number;
  readonly latencyP50Ms: number;
  readonly latencyP99Ms: number;
  readonly latencyMaxMs: number;
}

/** One session's shared memory, seen from the service. */
export class Domain {
  readonly #native: NativeDomain;

  /** @internal */
  constructor(domain: NativeDomain) {
    this.#native = domain;
  }

  /** Directory that a child needs to open the domain. */
  get root(): string {
    return this.#native.root;
  }

  /** Prefix of the domain's shared-memory objects; a child needs it too. */
  get prefix(): string {
    return this.#native.prefix;
  }

  /**
   * Hands out the sending end, which was opened with the domain. Once.
   *
   * @throws ChannelError when the edge does not start in inbox 0, or a second time.
   */
  openSender(edge: number): Sender {
    return new Sender(native(() => this.#native.openSender(edge)));
  }

  /**
   * Hands out the receiving end, which was opened with the domain. Once.
   *
   * @throws ChannelError when the edge does not end in inbox 0, or a second time.
   */
  openReceiver(edge: number): Receiver {
    return new Receiver(native(() => this.#native.openReceiver(edge)));
  }

  /**
   * Sets what is called, on the main thread, whenever the doorbell rang. Every
   * waiting sender and receiver then tries again. Does not keep the process alive.
   */
  listen(onWake: () => void): void {
    native(() => this.#native.listen(onWake));
  }

  stats(edge: number): EdgeStats {
    return native(() => this.#native.stats(edge));
  }

  /** Wake-ups that the safety check had to make up for: a defect when not 0. */
  rescues(): number {
    return native(() => this.#native.rescues());
  }

  /**
   * Closes all ports and removes every trace, off the main thread. Reap children first: whoever still carries the
   * session's mark in its environment (`REMOTEMEDIA_PROCESS`) is killed.
   *
   * @returns how many were
   */
  close(): Promise<number> {
    return nativeAsync(() => this.#native.close());
  }
}

/** A running service's claim on this machine. */
export class Instance {
  readonly #native: NativeInstance;

  private constructor(instance: NativeInstance) {
    this.#native = instance;
  }

  /**
   * Sweeps what dead services left behind, then takes a place of its own.
   *
   * @param baseDir where instances live; by default a directory of this user in
   * /dev/shm, or in the temporary directory where there is none.
   */
  static async open(baseDir?: string): Promise<Instance> {
    return new Instance(await nativeAsync(() => loadNative().NativeInstance.open(baseDir)));
  }

  /** Eight hexadecimal digits; shared memory of this service starts with `rm_<id>_`. */
  get id(): string {
    return this.#native.id;
  }

  get dir(): string {
    return this.#native.dir;
  }

  /** Dead instances that the start swept away. */
  get swept(): number {
    return this.#native.swept;
  }

  /**
   * Makes a domain and opens the ends of its edges that lie in inbox 0, off the main thread.
   *
   * @throws ChannelError `limit.shared_memory` when the machine has none left.
   */
  async createDomain(spec: DomainSpec): Promise<Domain> {
    const edges = spec.edges.map((edge) => ({ ...edge }));
    const domain = await nativeAsync(() => this.#native.createDomain(spec.inboxes, edges, spec.safetyCheck ?? true));
    return new Domain(domain);
  }

  /** Frees the lock and removes the instance's directory. Close domains first. */
  close(): Promise<void> {
    return nativeAsync(() => this.#native.close());
  }
}

/**
 * Instances whose shared memory nobody uses and no start sweeps, since they have no directory in `baseDir`: somebody has
 * removed it, or they had another one. What is younger than a minute is not among them. Changes nothing.
 *
 * @param baseDir as for {@link Instance.open}
 */
export function findOwnerless(baseDir?: string): Promise<string[]> {
  return nativeAsync(() => loadNative().NativeInstance.findOwnerless(baseDir));
}

/**
 * Removes the shared memory of such instances, and kills whoever still carries a mark of theirs.
 *
 * @returns the instances
 */
export function removeOwnerless(baseDir?: string): Promise<string[]> {
  return nativeAsync(() => loadNative().NativeInstance.removeOwnerless(baseDir));
}

/** What the addon was built from. */
export interface ChannelBuild {
  /** Fingerprint of the channel's sources; that of a Python binding must be the same. */
  readonly fingerprint: string;
  readonly iceoryx2: string;
}

/** @throws Error when the addon is not there, or was built for another machine. */
export function channelBuild(): ChannelBuild {
  const { BUILD: fingerprint, ICEORYX2_VERSION: iceoryx2 } = loadNative();
  return { fingerprint, iceoryx2 };
}
