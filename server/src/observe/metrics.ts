/**
 * What the service counts. Plain fields that their owner adds to: reading them is the exporter's work, not the hot path's.
 */
import { Histogram, type HistogramSnapshot } from './histogram.js';

/** Which connection a metric is about; an empty node id stands for the outside (the client). */
export interface ConnectionKey {
  session: string;
  from: string;
  to: string;
}

export interface ConnectionSnapshot extends ConnectionKey {
  sent: number;
  received: number;
  dropped: number;
  depth: number;
  sentBytes: number;
  fullEpisodes: number;
}

/** Counters of one connection. Whoever sends or receives on it holds this object and adds to it. */
export class ConnectionMetrics implements ConnectionKey {
  readonly session: string;
  readonly from: string;
  readonly to: string;
  /** Messages sent, END not included. */
  sent = 0;
  /** Messages taken by the receiver. */
  received = 0;
  /** Messages dropped because the connection was full and backpressure is off. */
  dropped = 0;
  /** Messages sent and not yet taken nor dropped. */
  depth = 0;
  sentBytes = 0;
  /** How often the sender had to start waiting for room. */
  fullEpisodes = 0;

  constructor(key: ConnectionKey) {
    this.session = key.session;
    this.from = key.from;
    this.to = key.to;
  }

  snapshot(): ConnectionSnapshot {
    const { session, from, to, sent, received, dropped, depth, sentBytes, fullEpisodes } = this;
    return { session, from, to, sent, received, dropped, depth, sentBytes, fullEpisodes };
  }
}

/** Counters of Python processes over the life of the service. */
export class ProcessMetrics {
  started = 0;
  /** Ended in any way: `started - exited` run now. */
  exited = 0;
  /** Ended on their own before they were asked to. */
  crashed = 0;
  /** Had to be killed because they outlived the grace period. */
  killed = 0;
  /** From spawn to ready. */
  readonly startTime = new Histogram();
}

/** Counters of sessions over the life of the service. */
export class SessionMetrics {
  started = 0;
  ended = 0;
  failed = 0;
}

export interface MetricsSnapshot {
  sessions: { started: number; ended: number; failed: number };
  processes: { started: number; exited: number; crashed: number; killed: number; startTime: HistogramSnapshot };
  connections: ConnectionSnapshot[];
  /** Wake-ups that only the safety check found: must stay 0. */
  rescues: number;
}

/** Everything the service counts, found by what it is about. One per service. */
export class Metrics {
  readonly sessions = new SessionMetrics();
  readonly processes = new ProcessMetrics();
  rescues = 0;
  readonly #connections = new Map<string, Map<string, ConnectionMetrics>>();

  /** The counters of a connection, made on first use. */
  connection(key: ConnectionKey): ConnectionMetrics {
    let ofSession = this.#connections.get(key.session);
    if (ofSession === undefined) {
      ofSession = new Map();
      this.#connections.set(key.session, ofSession);
    }
    const name = `${key.from} ${key.to}`;
    let metrics = ofSession.get(name);
    if (metrics === undefined) {
      metrics = new ConnectionMetrics(key);
      ofSession.set(name, metrics);
    }
    return metrics;
  }

  /** The connections of one session, in the order in which they were first used. */
  connectionsOf(session: string): ConnectionMetrics[] {
    return [...(this.#connections.get(session)?.values() ?? [])];
  }

  /** Forgets a session's connections; without this a long-lived service would keep every one it ever had. */
  forgetSession(session: string): void {
    this.#connections.delete(session);
  }

  snapshot(): MetricsSnapshot {
    const { started, ended, failed } = this.sessions;
    const { startTime, ...processes } = this.processes;
    const connections = [...this.#connections.values()].flatMap((ofSession) =>
      [...ofSession.values()].map((metrics) => metrics.snapshot()),
    );
    return {
      sessions: { started, ended, failed },
      processes: { ...processes, startTime: startTime.snapshot() },
      connections,
      rescues: this.rescues,
    };
  }
}
