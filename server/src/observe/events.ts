/**
 * What happens in the service, told to whoever watches: the seam for a dashboard, `remotemedia ps` and tests.
 */
import type { Logger } from './logger.js';

/** One thing that happened; every variant says where. */
export type ServiceEvent =
  | { type: 'session.started'; session: string }
  | { type: 'session.ended'; session: string; errorCode: string | null }
  /** How far a node has come with its start: at least once a second. */
  | {
      type: 'node.progress';
      session: string;
      node: string;
      status: 'starting' | 'loading_model' | 'ready' | 'error';
      /** 0..1; null when the node cannot tell. */
      fraction: number | null;
      message: string;
      /** Since the session began. */
      elapsedMs: number;
    }
  | { type: 'process.started'; session: string; node: string; pid: number }
  | { type: 'process.ready'; session: string; node: string; pid: number; startMs: number }
  | {
      type: 'process.exited';
      session: string;
      node: string;
      pid: number;
      exitCode: number | null;
      signal: string | null;
    }
  | { type: 'connection.full'; session: string; from: string; to: string }
  | { type: 'connection.dropping'; session: string; from: string; to: string }
  | { type: 'connection.slow'; session: string; from: string; to: string; latencyMs: number; bytes: number };

export type ServiceListener = (event: ServiceEvent) => void;

/** Hands each event to every listener at once; a listener that throws harms neither the service nor the others. */
export class ServiceEvents {
  readonly #listeners = new Set<ServiceListener>();
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** @returns the function that ends the subscription */
  subscribe(listener: ServiceListener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  emit(event: ServiceEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        this.#log.error(`A listener failed on ${event.type}`, { err: error });
      }
    }
  }
}
