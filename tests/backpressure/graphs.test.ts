import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Message, WireStream } from '../harness/client.js';
import { manifestOf } from '../harness/messages.js';
import { leftovers, NOTHING_LEFT } from '../harness/service.js';
import { Bed, CLOSE, connectionOf, connectionsOf, finalMetrics, textChunk } from './bed.js';
import { graphManifest, type RandomGraph, randomGraph, takenBy } from './random-graph.js';

const MESSAGES = 20;
const SEEDS = Array.from({ length: 12 }, (_, index) => index + 1);

let bed: Bed;

beforeAll(async () => {
  bed = await Bed.open();
});

afterAll(async () => {
  await bed.close();
});

async function flood(manifest: Message, sources: readonly string[], messages: number): Promise<WireStream> {
  const stream = await bed.stream(manifest);
  for (let sequence = 1; sequence <= messages; sequence += 1) {
    for (const source of sources) stream.send(textChunk(source, sequence));
  }
  stream.send(CLOSE);
  expect((await stream.ended).code).toBe(0);
  return stream;
}

/** Messages that came by all connections that lead to a node. */
function receivedBy(metrics: Message, nodeId: string): number {
  return connectionsOf(metrics)
    .filter(({ to }) => to === nodeId)
    .reduce((sum, { received }) => sum + received, 0);
}

function resultsOf(stream: WireStream, nodeId: string): number {
  return stream.all('result').filter(({ data_outputs: outputs }) => nodeId in (outputs as Message)).length;
}

function describeGraph({ nodes, edges }: RandomGraph): string {
  const types = Object.entries(nodes).map(([id, node]) => `${id}:${typeof node === 'string' ? node : node[0]}`);
  return `${types.join(' ')} | ${edges.map(([from, to]) => `${from}>${to}`).join(' ')}`;
}

describe.each(SEEDS)('the graph of seed %i', (seed) => {
  const graph = randomGraph(seed);
  const capacity = seed % 3 === 0 ? 3 : 1;
  const expected = takenBy(graph, MESSAGES);

  it(`with backpressure delivers everything: ${describeGraph(graph)}`, async () => {
    const stream = await flood(graphManifest(graph, { channel_capacity: capacity }), graph.sources, MESSAGES);
    const metrics = finalMetrics(stream);
    for (const [id, count] of expected) expect([id, receivedBy(metrics, id)]).toEqual([id, count]);
    for (const sink of graph.sinks) {
      expect([sink, resultsOf(stream, sink)]).toEqual([sink, (expected.get(sink) ?? 0) * (graph.gives.get(sink) ?? 0)]);
    }
    for (const { sent, received, dropped } of connectionsOf(metrics)) {
      expect({ received, dropped }).toEqual({ received: sent, dropped: 0 });
    }
  });

  it('without backpressure counts everything', async () => {
    const settings = { channel_capacity: capacity, enable_backpressure: false };
    const stream = await flood(graphManifest(graph, settings), graph.sources, MESSAGES);
    const metrics = finalMetrics(stream);
    for (const { from, to, sent, received, dropped } of connectionsOf(metrics)) {
      expect([from, to, received + dropped]).toEqual([from, to, sent]);
      // Whatever a node gives goes to each of its branches, dropped there or not.
      if (from !== '')
        expect([from, to, sent]).toEqual([from, to, receivedBy(metrics, from) * (graph.gives.get(from) ?? 0)]);
      else expect(sent).toBe(graph.sources.includes(to) ? MESSAGES : 0);
    }
    for (const sink of graph.sinks) expect(resultsOf(stream, sink)).toBe(connectionOf(metrics, sink, '').received);
  });
});

describe('a diamond with one long branch and one short', () => {
  it.each([
    ['native', 'PassThrough', 'NativeTakeTime'],
    ['Python', 'EchoNode', 'TakeTimeNode'],
    ['mixed', 'PassThrough', 'TakeTimeNode'],
  ])('does not lock up at a capacity of 1: %s', async (_, quick, slow) => {
    const nodes = { in: quick, a: quick, b: slow, c: quick, out: quick };
    const edges = ['in>a', 'a>b', 'b>c', 'c>out', 'in>out'];
    const stream = await flood(manifestOf(nodes, edges, { channel_capacity: 1 }), ['in'], 100);
    const counts = new Map<number, number>();
    for (const { sequence } of stream.all('result')) {
      counts.set(Number(sequence), (counts.get(Number(sequence)) ?? 0) + 1);
    }
    expect(counts.size).toBe(100);
    expect(new Set(counts.values())).toEqual(new Set([2]));
    expect(await leftovers(bed.running)).toEqual(NOTHING_LEFT);
  });
});
