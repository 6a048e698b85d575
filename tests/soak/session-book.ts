import { setTimeout as pause } from 'node:timers/promises';
import type { EventLine, ServiceProcess } from '../promises/harness/service-process.js';

/** Every session of these tests ends sooner, once its call has. */
const QUIET_LIMIT_MS = 15_000;

/** Which sessions of a service are open, and which processes they have, as the service's own events tell. */
export class SessionBook {
  /** Sessions that have been opened so far. */
  opened = 0;
  readonly #open = new Set<string>();
  readonly #pids = new Map<string, number>();
  readonly #sessions = new Map<string, string>();
  readonly #waiters = new Set<() => void>();

  constructor(service: ServiceProcess) {
    service.onEvent((event) => this.#take(event));
  }

  get open(): number {
    return this.#open.size;
  }

  /** Resolves with the process of a node when it has been started; ids of nodes must differ between sessions. */
  async started(nodeId: string): Promise<number> {
    await this.#until(() => this.#pids.has(nodeId));
    return this.#pids.get(nodeId) ?? 0;
  }

  /** Resolves when the session that this node belongs to is over. */
  async over(nodeId: string): Promise<void> {
    await this.#until(() => !this.#open.has(this.#sessions.get(nodeId) ?? ''));
  }

  /** Resolves when no more than so many sessions are open; rejects when that takes longer than any end may. */
  async quiet(count: number): Promise<void> {
    const limit = new AbortController();
    const late = pause(QUIET_LIMIT_MS, null, { signal: limit.signal }).then(() => {
      throw new Error(`${this.#open.size - count} sessions do not end: ${this.#describeOpen()}`);
    });
    late.catch(() => undefined);
    await Promise.race([this.#until(() => this.#open.size <= count), late]);
    limit.abort();
  }

  #describeOpen(): string {
    const nodes = [...this.#sessions].filter(([, session]) => this.#open.has(session)).map(([node]) => node);
    return `${[...this.#open].join(', ')}, with the nodes ${nodes.join(', ')}`;
  }

  async #until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      await new Promise<void>((resolve) => {
        this.#waiters.add(resolve);
      });
    }
  }

  #take({ event, session, node, pid }: EventLine): void {
    if (event === 'session.started') {
      this.opened += 1;
      this.#open.add(String(session));
    }
    if (event === 'session.ended') this.#open.delete(String(session));
    if (event === 'process.started') {
      this.#pids.set(String(node), Number(pid));
      this.#sessions.set(String(node), String(session));
    }
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    for (const wake of waiters) wake();
  }
}
