import { type DataKind, RemoteMediaError } from '@remotemedia/contract';
import type { ChannelDomain, ChannelEdgeSpec, ChannelInstance } from '../channel/binding.js';
import { fromChannelError, fromConnectionError } from '../channel/channel-error.js';
import { Doorbell } from '../channel/doorbell.js';
import { ShmInput } from '../channel/shm-input.js';
import { ShmOutput } from '../channel/shm-output.js';
import type { ConnectionMetrics } from '../observe/metrics.js';
import { type Graph, type GraphEdge, type GraphNode, OUTSIDE, sendersBehind } from './graph.js';
import { MemoryQueue } from './memory-queue.js';
import { Merge } from './merge.js';
import type { InputPort, OutputPort } from './ports.js';

/** Rules that every connection of a session follows. */
export interface ConnectionRules {
  /** Frames on a connection. */
  readonly capacity: number;
  /** Bytes in flight on a connection. */
  readonly maxBytes: number;
  readonly lossless: boolean;
}

export interface WiringOptions {
  readonly graph: Graph;
  readonly rules: ConnectionRules;
  /** Whether the reader of results may keep them, or releases every one. */
  readonly results: 'copy' | 'borrow';
  /** Null: the graph has no edge in shared memory. */
  readonly domain: ChannelDomain | null;
  readonly metricsOf: (from: string, to: string) => ConnectionMetrics;
  /** A sender waits for room. */
  readonly onFull: (from: string, to: string) => void;
  /** Messages have given way to newer ones. */
  readonly onDropping: (from: string, to: string) => void;
  readonly onTransfer: (from: string, to: string, durationMs: number, bytes: number) => void;
}

/**
 * Takes the shared memory that the edges of a session need.
 *
 * @param channel null: there is none on this machine.
 * @throws RemoteMediaError `limit.shared_memory`, `limit.file_descriptors`
 */
export async function openDomain(
  channel: ChannelInstance | null,
  graph: Graph,
  rules: ConnectionRules,
): Promise<ChannelDomain> {
  if (channel === null)
    throw new RemoteMediaError('limit.shared_memory', 'Shared memory cannot be used on this machine');
  const edges = graph.channelEdges.map((ends): ChannelEdgeSpec => ({ ...ends, ...rules }));
  try {
    return await channel.createDomain({ inboxes: graph.inboxes, edges });
  } catch (error) {
    throw fromChannelError(error, 'Shared memory for the session', null);
  }
}

/** All ends of connections that this process holds. Whoever closes it closes them. */
export class Wiring {
  /** Into the pipeline from outside, by the id of the node they lead to. */
  readonly injection = new Map<string, OutputPort>();
  /** Everything that sinks give, in one line. */
  readonly results: Merge;
  readonly #options: WiringOptions;
  readonly #inputs = new Map<string, InputPort[]>();
  readonly #outputs = new Map<string, OutputPort[]>();
  readonly #kinds = new Map<OutputPort, readonly DataKind[]>();
  readonly #senders: ReadonlyMap<string, string>;
  readonly #bridges: ReadonlyMap<string, GraphNode['bridges']>;
  readonly #merges: Merge[] = [];
  readonly #sending: OutputPort[] = [];
  readonly #channelEnds: (ShmInput | ShmOutput)[] = [];
  readonly #doorbell = new Doorbell();

  constructor(options: WiringOptions) {
    this.#options = options;
    this.#senders = sendersBehind(options.graph);
    this.#bridges = new Map(options.graph.nodes.map(({ id, bridges }) => [id, bridges]));
    const native = new Set(options.graph.nodes.filter((node) => node.kind === 'native').map((node) => node.id));
    native.add(OUTSIDE);
    for (const edge of options.graph.edges) {
      if (edge.channelEdge === null) this.#connectInMemory(edge);
      else this.#connectToChannel(edge, edge.channelEdge, native);
    }
    options.domain?.listen(this.#doorbell.ring);
    this.results = this.#merge(OUTSIDE);
  }

  /** The joined inputs of a native node. For its one reader. */
  inputOf(nodeId: string): Merge {
    return this.#merge(nodeId);
  }

  outputsOf(nodeId: string): readonly OutputPort[] {
    return this.#outputs.get(nodeId) ?? [];
  }

  /** The kinds of data that ports carry; those that are not in it carry all. */
  get kindsOf(): ReadonlyMap<OutputPort, readonly DataKind[]> {
    return this.#kinds;
  }

  /** Ends every wait on a connection with `reason`. Frames in flight are lost. */
  interrupt(reason: Error): void {
    for (const merge of this.#merges) merge.interrupt(reason);
    for (const port of this.#sending) port.interrupt(reason);
  }

  /** Lets go of the domain. Only when nothing runs on the other ends any more: they would find nobody there. */
  close(): void {
    for (const port of this.#channelEnds) port.close();
  }

  #connectInMemory(edge: GraphEdge): void {
    const { rules, metricsOf, onFull, onDropping } = this.#options;
    const { from, to } = edge;
    const queue = new MemoryQueue({
      from: this.#senders.get(from) ?? from,
      to,
      ...rules,
      metrics: metricsOf(from, to),
      onFull: () => onFull(from, to),
      onDropping: () => onDropping(from, to),
    });
    this.#addOutput(edge, queue);
    this.#addInput(to, queue);
  }

  #connectToChannel(graphEdge: GraphEdge, edge: number, native: ReadonlySet<string>): void {
    try {
      this.#openEnd(graphEdge, edge, native);
    } catch (error) {
      throw fromConnectionError(error, graphEdge.from, graphEdge.to);
    }
  }

  #openEnd(graphEdge: GraphEdge, edge: number, native: ReadonlySet<string>): void {
    const { from, to } = graphEdge;
    const { domain, metricsOf, onFull, onDropping, rules, results, onTransfer } = this.#options;
    if (domain === null) throw new TypeError('a graph with edges in shared memory needs a domain');
    const shared = {
      from,
      to,
      metrics: metricsOf(from, to),
      onTransfer: (durationMs: number, bytes: number) => onTransfer(from, to, durationMs, bytes),
    };
    if (native.has(from)) {
      const port = new ShmOutput({
        ...shared,
        sender: domain.openSender(edge),
        capacity: rules.capacity,
        onFull: () => onFull(from, to),
        depth: () => {
          const { sent, taken } = domain.stats(edge);
          return sent - taken;
        },
      });
      this.#register(port);
      this.#addOutput(graphEdge, port);
    } else if (native.has(to)) {
      // A node may keep what it gets.
      const mode = to === OUTSIDE ? results : this.#isRelay(to) ? 'borrow' : 'copy';
      const port = new ShmInput({
        ...shared,
        receiver: domain.openReceiver(edge),
        mode,
        onDropping: () => onDropping(from, to),
      });
      this.#register(port);
      this.#addInput(to, port);
    }
  }

  #register(port: ShmInput | ShmOutput): void {
    this.#doorbell.register(port);
    this.#channelEnds.push(port);
  }

  /** Whether a node is a converter whose outputs are all copied into shared memory: it keeps no input and changes none. */
  #isRelay(id: string): boolean {
    const bridges = this.#bridges.get(id) ?? null;
    return (
      bridges !== null &&
      this.#options.graph.edges.every(({ from, channelEdge }) => from !== id || channelEdge !== null)
    );
  }

  #addOutput({ from, to, kinds }: GraphEdge, port: OutputPort): void {
    this.#sending.push(port);
    if (kinds !== null) this.#kinds.set(port, kinds);
    // A client names the node that a converter stands before.
    if (from === OUTSIDE) this.injection.set(this.#bridges.get(to)?.to ?? to, port);
    else this.#outputs.set(from, [...(this.#outputs.get(from) ?? []), port]);
  }

  #addInput(to: string, port: InputPort): void {
    this.#inputs.set(to, [...(this.#inputs.get(to) ?? []), port]);
  }

  #merge(to: string): Merge {
    const merge = new Merge(this.#inputs.get(to) ?? []);
    this.#merges.push(merge);
    return merge;
  }
}
