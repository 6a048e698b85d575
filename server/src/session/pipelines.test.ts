import { parseManifest, resolveConfig } from '@remotemedia/contract';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { defineNode } from '../nodes/node.js';
import { NodeRegistry } from '../nodes/registry.js';
import { ServiceEvents } from '../observe/events.js';
import { silentLogger } from '../observe/logger.js';
import { Metrics } from '../observe/metrics.js';
import { Catalog } from './catalog.js';
import { Pipelines } from './pipelines.js';
import { Sessions } from './sessions.js';

const SPEC = { description: 'Test.', inputs: ['audio'], outputs: ['audio'], create: () => ({}) } as const;
const FORMAT = { sample_rate: null, channels: null, format: null };

/** Its rate is a parameter, which has another name for one value. */
const source = defineNode({
  ...SPEC,
  type: 'SourceNode',
  params: z.strictObject({
    rate_hz: z
      .int()
      .default(16_000)
      .meta({ 'x-aliases': { phone: 8000 } }),
  }),
  outputFormat: { ...FORMAT, sample_rate: 'param:rate_hz' },
});
const wide = defineNode({
  ...SPEC,
  type: 'WideNode',
  params: z.strictObject({}),
  inputFormat: { ...FORMAT, sample_rate: [16_000] },
});

function pipelines(autoConvert: boolean): Pipelines {
  const registry = new NodeRegistry();
  registry.register(source);
  registry.register(wide);
  const catalog = new Catalog(registry, [], { problem: null, moduleErrors: [] });
  const log = silentLogger();
  const host = {
    catalog,
    channel: null,
    findGaps: () => Promise.resolve([]),
    pythonFor: () => Promise.reject(new Error('no Python here')),
    log,
    metrics: new Metrics(),
    events: new ServiceEvents(log),
  };
  const configOf = () => resolveConfig({ toml: { multiprocess: { auto_convert: autoConvert } } });
  return new Pipelines({
    host,
    sessions: new Sessions({ maxSessions: null, maxProcesses: null }),
    configOf,
    autoConvert,
  });
}

const manifestWith = (params: object) =>
  parseManifest({
    version: 'v1',
    nodes: [
      { id: 'source', node_type: 'SourceNode', params },
      { id: 'wide', node_type: 'WideNode' },
    ],
    connections: [{ from: 'source', to: 'wide' }],
  });

test.each([{ rate_hz: 8000 }, { rateHz: 8000 }, { rate_hz: 'phone' }, { rateHz: 'phone' }])(
  'the formats of audio follow from parameters however they are spelt: %j',
  (params) => {
    const manifest = manifestWith(params);
    expect(() => pipelines(false).validate(manifest)).toThrow(/'source' \(SourceNode\) gives .*8000 Hz/);
    const plan = pipelines(true).planConversions(manifest);
    expect(plan.map(({ from, to, given }) => [from, to, given])).toEqual([
      ['source', 'wide', expect.stringContaining('8000 Hz')],
    ]);
  },
);

test('a manifest has the names of its node types when it was validated, and its warnings once', () => {
  const { manifest } = pipelines(true).validate(manifestWith({ rateHz: 'phone' }));
  expect(manifest.nodes[0]?.params).toEqual({ rate_hz: 8000 });
  expect(manifest.warnings).toEqual([`Node 'source': SourceNode has no rate_hz 'phone'; it is taken for 8000`]);
  expect(pipelines(true).validate(manifest).manifest).toEqual(manifest);
});
