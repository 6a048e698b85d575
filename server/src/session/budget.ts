import { readdirSync, readFileSync, statSync } from 'node:fs';
import { RemoteMediaError } from '@remotemedia/contract';
import type { Graph } from './graph.js';

/** File descriptors of the service for the parts of a session, measured with every connection in full use. */
const SESSION = 6;
/** A connection with one end in the service, its second lane in use. */
const OWN_EDGE = 12;
/** A connection between two Python processes: the service holds it so that it outlives both. */
const FOREIGN_EDGE = 4;
/** Output, errors and control. */
const PROCESS = 3;
/** A native node may have a file open. */
const NATIVE_NODE = 1;

/** The same for one Python process: what Python and the node's own libraries hold, then its connections. */
const CHILD = 32;
const CHILD_EDGE = 12;

/** For what is short-lived: a spawn, a file, the admin socket. */
const RESERVE = 40;

const SETTING = 'ulimit -n';

/** Most file descriptors that the service will hold for a session of this graph. */
export function descriptorsOf({ nodes, inboxes, channelEdges }: Graph): number {
  const processes = inboxes - 1;
  const own = channelEdges.filter(({ from, to }) => from === 0 || to === 0).length;
  const foreign = channelEdges.length - own;
  const domain = processes === 0 ? 0 : SESSION + own * OWN_EDGE + foreign * FOREIGN_EDGE + processes * PROCESS;
  return domain + (nodes.length - processes) * NATIVE_NODE;
}

/** Most that any one of its processes will hold; 0: there is none. */
export function descriptorsOfChild({ inboxes, channelEdges }: Graph): number {
  let most = 0;
  for (let inbox = 1; inbox < inboxes; inbox += 1) {
    const edges = channelEdges.filter(({ from, to }) => from === inbox || to === inbox).length;
    most = Math.max(most, CHILD + edges * CHILD_EDGE);
  }
  return most;
}

/** Where the budget learns what the process may have, and has. */
export interface DescriptorCounts {
  /** The soft limit of this process; null: none that is known. */
  readonly limit: number | null;
  open(): number;
}

/**
 * Sees to it that no session is taken that the service would run out of file descriptors with: a session that is refused
 * harms nobody, one that fails half-way takes others with it.
 */
export class DescriptorBudget {
  readonly #counts: DescriptorCounts;
  /** What is open besides sessions and connections. */
  #base = 0;
  #promised = 0;
  #connections = 0;

  constructor(counts: DescriptorCounts = readCounts()) {
    this.#counts = counts;
  }

  /**
   * Promises a session what it may need.
   *
   * @returns gives it back, once
   * @throws RemoteMediaError `limit.file_descriptors`
   */
  take(graph: Graph): () => void {
    const { limit } = this.#counts;
    if (limit === null) return () => undefined;
    const cost = descriptorsOf(graph);
    this.#checkSelf(cost, limit);
    checkChild(graph, limit);
    this.#promised += cost;
    let held = true;
    return () => {
      if (held) this.#promised -= cost;
      held = false;
    };
  }

  /**
   * Counts a connection that was just accepted.
   *
   * @returns to be called when it is closed; null: there is no room for it
   */
  connect(): (() => void) | null {
    const { limit } = this.#counts;
    if (limit === null) return () => undefined;
    this.#connections += 1;
    const leave = (): void => {
      this.#connections -= 1;
    };
    if (this.#used() + RESERVE <= limit) return leave;
    leave();
    return null;
  }

  /** Sessions have not opened all that they may need, and not all that is open was promised to anyone. */
  #used(): number {
    const open = this.#counts.open();
    if (this.#promised === 0) this.#base = open - this.#connections;
    return Math.max(open, this.#base + this.#promised + this.#connections);
  }

  #checkSelf(cost: number, limit: number): void {
    const used = this.#used();
    const asked = used + cost + RESERVE;
    if (asked <= limit) return;
    throw tooMany(
      `The session may need ${cost} file descriptors of the service, ${used} are in use or promised and ${RESERVE} are kept in reserve`,
      asked,
      limit,
    );
  }
}

/** A process inherits the limit of the service. */
function checkChild(graph: Graph, limit: number): void {
  const asked = descriptorsOfChild(graph);
  if (asked > limit) throw tooMany(`A process of the session may need ${asked} file descriptors`, asked, limit);
}

function tooMany(what: string, asked: number, allowed: number): RemoteMediaError {
  const details = { asked, allowed, setting: SETTING };
  return new RemoteMediaError('limit.file_descriptors', `${what}; ${SETTING} allows ${allowed}`, { details });
}

/** Without /proc there is no budget: the limit is then unknown. */
function readCounts(): DescriptorCounts {
  try {
    const match = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'));
    return { limit: match === null ? null : Number(match[1]), open: countOpen };
  } catch {
    return { limit: null, open: () => 0 };
  }
}

/** Since Linux 6.2 the folder's size is the count. */
function countOpen(): number {
  const { size } = statSync('/proc/self/fd');
  return size > 0 ? size : readdirSync('/proc/self/fd').length;
}
