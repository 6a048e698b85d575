import { expect, test } from 'vitest';
import { readLeniently } from './read-leniently.js';

const NODES = [{ id: 'a', node_type: 'X' }, { node_type: 7 }, 'nonsense', { id: 'b', nodeType: 'Y', params: { n: 1 } }];

test('nodes that can be read keep their places', () => {
  const { nodes, connections } = readLeniently({
    nodes: NODES,
    connections: [{ from: 'a', to: 'b' }, { from: 1 }, null],
  });
  expect(nodes.map((node) => node?.nodeType ?? null)).toEqual(['X', null, null, 'Y']);
  expect(connections).toEqual([{ from: 'a', to: 'b' }]);
});

test('a JSON text is read, and what is no manifest at all has no nodes', () => {
  expect(readLeniently(JSON.stringify({ nodes: NODES })).nodes).toHaveLength(4);
  for (const nonsense of ['{', 'a: b', null, 7, []])
    expect(readLeniently(nonsense)).toEqual({ nodes: [], connections: [] });
});
