import { seededRandom } from '../channel/random.js';
import type { Message } from '../harness/client.js';
import { manifestOf, type Nodes } from '../harness/messages.js';

/** Node types that give a fixed number of messages for each that they take. */
const NATIVE: readonly Kind[] = [
  { node: 'PassThrough', gives: 1 },
  { node: 'NativeTakeTime', gives: 1 },
  { node: ['NativeBurst', { count: 3 }], gives: 3 },
];
const PYTHON: readonly Kind[] = [
  { node: 'EchoNode', gives: 1 },
  { node: ['TakeTimeNode', { delay_ms: 2 }], gives: 1 },
  { node: ['CrowdNode', { count: 2 }], gives: 2 },
];
/** Each costs a process. */
const MOST_PYTHON = 3;

interface Kind {
  readonly node: Nodes[string];
  readonly gives: number;
}

/** A graph without cycles, with branches and merges wherever the seed puts them. */
export interface RandomGraph {
  readonly nodes: Nodes;
  readonly edges: readonly (readonly [from: string, to: string])[];
  /** Messages that the node gives for each one that it takes. */
  readonly gives: ReadonlyMap<string, number>;
  /** Nodes that no other leads to. */
  readonly sources: readonly string[];
  readonly sinks: readonly string[];
}

export function randomGraph(seed: number): RandomGraph {
  const random = seededRandom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const ids = Array.from({ length: 4 + below(4) }, (_, index) => `n${index}`);
  const nodes: Record<string, Nodes[string]> = {};
  const gives = new Map<string, number>();
  let pythons = 0;
  for (const id of ids) {
    const isPython = pythons < MOST_PYTHON && random() < 0.5;
    if (isPython) pythons += 1;
    const kinds = isPython ? PYTHON : NATIVE;
    const kind = kinds[below(kinds.length)];
    if (kind === undefined) throw new RangeError('no kind of node');
    nodes[id] = kind.node;
    gives.set(id, kind.gives);
  }
  const edges = ids.flatMap((from, index) =>
    ids
      .slice(index + 1)
      .filter(() => random() < 0.45)
      .map((to) => [from, to] as const),
  );
  const sources = ids.filter((id) => edges.every(([, to]) => to !== id));
  const sinks = ids.filter((id) => edges.every(([from]) => from !== id));
  return { nodes, edges, gives, sources, sinks };
}

/** How many messages each node takes when so many are put into every source and nothing is lost. */
export function takenBy({ nodes, edges, gives, sources }: RandomGraph, messages: number): ReadonlyMap<string, number> {
  const taken = new Map<string, number>();
  // The order of the ids is one in which every connection leads forward.
  for (const id of Object.keys(nodes)) {
    const own = sources.includes(id) ? messages : 0;
    const fromOthers = edges
      .filter(([, to]) => to === id)
      .map(([from]) => (taken.get(from) ?? 0) * (gives.get(from) ?? 0));
    taken.set(
      id,
      fromOthers.reduce((sum, count) => sum + count, own),
    );
  }
  return taken;
}

export function graphManifest({ nodes, edges }: RandomGraph, settings: Message): Message {
  return manifestOf(
    nodes,
    edges.map(([from, to]) => `${from}>${to}`),
    settings,
  );
}
