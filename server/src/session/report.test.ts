import { expect, it } from 'vitest';
import type { ChannelDomain } from '../channel/binding.js';
import { ConnectionMetrics } from '../observe/metrics.js';
import { buildGraph } from './graph.js';
import { buildReport } from './report.js';

const graph = buildGraph(
  {
    nodes: ['py', 'native'].map((id) => ({ id, nodeType: id, params: {} })) as never,
    connections: [{ from: 'py', to: 'native' }] as never,
  },
  (type) => (type === 'py' ? 'python' : 'native'),
  new Set(['py']),
);

function reportWith(domain: ChannelDomain | null) {
  const counted = new ConnectionMetrics({ session: 's', from: 'py', to: 'native' });
  Object.assign(counted, { received: 4, dropped: 1, fullEpisodes: 2 });
  const results = new ConnectionMetrics({ session: 's', from: 'native', to: '' });
  Object.assign(results, { sent: 4, received: 3, dropped: 1 });
  const python = new Map([['py', { pid: 1, totals: null, usage: null }]]);
  const facts = { wallMs: 0, graph, nativeTotals: new Map(), python, connections: [counted, results] };
  return buildReport({ ...facts, domain }).connections;
}

it('tells messages without END: of shared memory by its own counts, of memory by those of the queue', () => {
  const times = { latencyCount: 4, latencyP50Ms: 1, latencyP99Ms: 2, latencyMaxMs: 3 };
  // Six were sent, the last of them END.
  const counts = { sent: 6, taken: 6, messagesSent: 5, received: 4, dropped: 1, bytesInFlight: 0 };
  const fake: Pick<ChannelDomain, 'stats'> = { stats: () => ({ ...counts, ...times }) };
  const latency = { p50Ms: 1, p99Ms: 2, maxMs: 3 };
  expect(reportWith(fake as ChannelDomain)).toEqual([
    { from: '', to: 'py', sent: 5, received: 4, dropped: 1, fullEpisodes: 0, latency },
    { from: 'py', to: 'native', sent: 5, received: 4, dropped: 1, fullEpisodes: 2, latency },
    { from: 'native', to: '', sent: 4, received: 3, dropped: 1, fullEpisodes: 0, latency: null },
  ]);
});
