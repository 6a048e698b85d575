import { describe, expect, it } from 'vitest';
import type { ChannelDomain, ChannelEdgeStats } from '../channel/binding.js';
import { ConnectionMetrics } from '../observe/metrics.js';
import { buildGraph } from './graph.js';
import { buildOverview } from './overview.js';

const graph = buildGraph(
  {
    nodes: ['in', 'py'].map((id) => ({ id, nodeType: id, params: {} })) as never,
    connections: [{ from: 'in', to: 'py' }] as never,
  },
  (type) => (type === 'py' ? 'python' : 'native'),
  new Set(['in']),
);

function domainWith(stats: Partial<ChannelEdgeStats>): ChannelDomain {
  const none = { sent: 0, taken: 0, messagesSent: 0, received: 0, bytesInFlight: 0, dropped: 0 };
  const times = { latencyCount: 0, latencyP50Ms: 0, latencyP99Ms: 0, latencyMaxMs: 0 };
  const fake: Pick<ChannelDomain, 'stats' | 'prefix' | 'root' | 'rescues'> = {
    root: '/run/0',
    prefix: 'rm_x_0_',
    rescues: () => 2,
    stats: () => ({
      ...none,
      ...times,
      ...stats,
      messagesSent: stats.sent ?? 0,
      received: (stats.taken ?? 0) - (stats.dropped ?? 0),
    }),
  };
  return fake as ChannelDomain;
}

function overview(stats: Partial<ChannelEdgeStats>, lossless = true) {
  const counted = new ConnectionMetrics({ session: 's', from: 'in', to: 'py' });
  counted.sent = stats.sent ?? 0;
  return buildOverview({
    id: 's',
    name: 'test',
    state: 'executing',
    wallMs: 1500,
    graph,
    nativeTotals: new Map([['in', { itemsIn: 5, itemsOut: 5, leftOut: {}, outputKinds: { audio: 5 }, processMs: 3 }]]),
    python: new Map([['py', { pid: 7, totals: null, usage: null, state: 'ready' }]]),
    domain: domainWith(stats),
    connections: [counted],
    capacity: 4,
    lossless,
    report: null,
  });
}

describe('buildOverview', () => {
  it('says how full a connection is, and what its Python node has taken of it', () => {
    const { nodes, connections } = overview({ sent: 9, taken: 6, bytesInFlight: 300 });
    expect(connections[1]).toMatchObject({ from: 'in', to: 'py', sent: 9, depth: 3, bytesInFlight: 300, dropped: 0 });
    expect(nodes[1]).toMatchObject({ id: 'py', pid: 7, state: 'ready', itemsIn: 6, processMs: null });
    expect(nodes[0]).toMatchObject({ id: 'in', pid: null, state: 'ready', itemsIn: 5, itemsOut: 5, processMs: 3 });
  });

  it('counts what gave way before its receiver has missed it', () => {
    const { connections } = overview({ sent: 30, taken: 3, dropped: 2 }, false);
    expect(connections[1]).toMatchObject({ sent: 30, received: 1, depth: 4, dropped: 2 + 23 });
  });

  it('never says that a connection holds less than nothing', () => {
    expect(overview({ sent: 3, taken: 4 }).connections[1]).toMatchObject({ depth: 0 });
  });
});
