import type { ManifestNode } from '@remotemedia/contract';
import { describe, expect, it } from 'vitest';
import { buildGraph } from './graph.js';

function node(id: string, nodeType: string): ManifestNode {
  return {
    id,
    nodeType,
    params: {},
    isStreaming: false,
    capabilities: null,
    host: '',
    runtimeHint: null,
    inputTypes: [],
    outputTypes: [],
  };
}

/** Types in capitals are Python. */
const kindOf = (type: string) => (type === type.toUpperCase() ? 'python' : 'native');

const MANIFEST = {
  nodes: [node('cut', 'n'), node('asr', 'P'), node('llm', 'P'), node('out', 'n')],
  connections: [
    { from: 'cut', to: 'asr' },
    { from: 'asr', to: 'llm' },
    { from: 'llm', to: 'out' },
  ],
};

const ways = (graph: ReturnType<typeof buildGraph>) =>
  graph.edges.map(({ from, to, channelEdge }) => `${from}>${to}${channelEdge === null ? '' : ` #${channelEdge}`}`);

describe('buildGraph', () => {
  it('takes shared memory where a Python node is at an end, and memory elsewhere', () => {
    const graph = buildGraph(MANIFEST, kindOf, new Set(['cut']));
    expect(ways(graph)).toEqual(['>cut', 'cut>asr #0', 'asr>llm #1', 'llm>out #2', 'out>']);
    expect(graph.channelEdges).toEqual([
      { from: 0, to: 1 },
      { from: 1, to: 2 },
      { from: 2, to: 0 },
    ]);
    expect(graph.inboxes).toBe(3);
    expect(graph.nodes.map(({ inbox, isSink }) => [inbox, isSink])).toEqual([
      [0, false],
      [1, false],
      [2, false],
      [0, true],
    ]);
  });

  it('lets input from outside into every node of a stream', () => {
    const graph = buildGraph(MANIFEST, kindOf, null);
    expect(ways(graph).slice(0, 4)).toEqual(['>cut', '>asr #0', '>llm #1', '>out']);
  });

  it('gives a Python node without a way in one from outside, so that it does not end before all are ready', () => {
    const graph = buildGraph({ ...MANIFEST, nodes: [node('cut', 'P'), ...MANIFEST.nodes.slice(1)] }, kindOf, new Set());
    expect(ways(graph).slice(0, 2)).toEqual(['>cut #0', 'cut>asr #1']);
  });

  it('makes every node without a way on a sink', () => {
    const graph = buildGraph({ nodes: [node('a', 'P'), node('b', 'n')], connections: [] }, kindOf, new Set());
    expect(ways(graph)).toEqual(['>a #0', 'a> #1', 'b>']);
  });
});
