/** The shape of the compiled addon, as `src/*.rs` defines it, and its loading. */

import { createRequire } from 'node:module';

export interface NativeEdge {
  from: number;
  to: number;
  capacity: number;
  maxBytes: number;
  lossless: boolean;
}

export interface NativeStats {
  sent: number;
  taken: number;
  messagesSent: number;
  received: number;
  bytesInFlight: number;
  dropped: number;
  latencyCount: number;
  latencyP50Ms: number;
  latencyP99Ms: number;
  latencyMaxMs: number;
}

export interface NativeView {
  buffer(): ArrayBuffer;
  release(buffer: ArrayBuffer): void;
}

export interface NativeSender {
  trySend(kind: number, sequence: number, timestampUs: number, body: Uint8Array, meta: Uint8Array): boolean;
  allTaken(): boolean;
  close(): void;
}

export interface NativeReceiver {
  take(header: Float64Array): number;
  copyInto(target: Uint8Array): void;
  view(): NativeView;
  close(): void;
}

export interface NativeDomain {
  readonly root: string;
  readonly prefix: string;
  openSender(edge: number): NativeSender;
  openReceiver(edge: number): NativeReceiver;
  listen(onWake: () => void): void;
  stats(edge: number): NativeStats;
  rescues(): number;
  close(): Promise<number>;
}

export interface NativeInstance {
  readonly id: string;
  readonly dir: string;
  readonly swept: number;
  createDomain(inboxes: number, edges: NativeEdge[], safetyCheck: boolean): Promise<NativeDomain>;
  close(): Promise<void>;
}

export interface Native {
  BUILD: string;
  ICEORYX2_VERSION: string;
  NativeInstance: {
    open(baseDir?: string): Promise<NativeInstance>;
    findOwnerless(baseDir?: string): Promise<string[]>;
    removeOwnerless(baseDir?: string): Promise<string[]>;
  };
}

/** The addon, which the set-up builds beside this package's package.json. */
export function loadNative(): Native {
  return createRequire(import.meta.url)('../channel.node') as Native;
}
