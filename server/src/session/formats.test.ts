import { type AudioFormatSpec, type ManifestNode, parseManifest } from '@remotemedia/contract';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type DataKinds, defineNode } from '../nodes/node.js';
import { NodeRegistry } from '../nodes/registry.js';
import { Catalog } from './catalog.js';
import { meetFormats } from './formats.js';
import { buildGraph } from './graph.js';
import { checkFormats, kindsAlong, planConversions } from './plan-conversions.js';

const anyAudio: AudioFormatSpec = { sample_rate: null, channels: null, format: null };
const ofInput: AudioFormatSpec = { sample_rate: 'input', channels: 'input', format: 'input' };
const ofRate = (rate: number): AudioFormatSpec => ({ ...anyAudio, sample_rate: [rate] });

const AUDIO: DataKinds = ['audio'];

interface TypeFacts {
  readonly takes?: AudioFormatSpec;
  readonly gives?: AudioFormatSpec;
  readonly inputs?: DataKinds;
  readonly outputs?: DataKinds;
}

function catalogOf(types: Readonly<Record<string, TypeFacts>>): Catalog {
  const registry = new NodeRegistry();
  for (const [type, { takes, gives, inputs = AUDIO, outputs = AUDIO }] of Object.entries(types)) {
    registry.register(
      defineNode({
        type,
        description: 'Test.',
        params: z.strictObject({
          rate: z.int().default(24_000),
          rates: z.array(z.int()).optional(),
          format: z.enum(['keep', 'f32', 'i16']).default('keep'),
        }),
        inputs,
        outputs,
        inputFormat: takes ?? null,
        outputFormat: gives ?? null,
        create: () => ({}),
      }),
    );
  }
  return new Catalog(registry, [], { problem: null, moduleErrors: [] });
}

const CATALOG = catalogOf({
  Any: {},
  Same: { gives: ofInput },
  By: { gives: { sample_rate: 'param:rate', channels: [1], format: 'param:format' } },
  Eight: { takes: ofRate(8000), gives: ofInput },
  Sixteen: { takes: ofRate(16_000), gives: ofInput },
  Either: { takes: { ...anyAudio, sample_rate: [8000, 16_000] }, gives: ofInput },
  Floats: { takes: { ...anyAudio, format: ['f32'] } },
  Set: { takes: { ...anyAudio, sample_rate: 'param:rate' } },
  Both: { gives: ofRate(8000), inputs: 'any', outputs: ['text', 'audio'] },
  Texts: { inputs: ['text'], outputs: ['text'] },
  Mixed: { takes: ofRate(16_000), inputs: 'any' },
});

type Nodes = Readonly<Record<string, string | readonly [type: string, params: object]>>;

function pipeline(nodes: Nodes, connections: readonly string[] = []) {
  return parseManifest({
    version: 'v1',
    nodes: Object.entries(nodes).map(([id, node]) => {
      const [node_type, params] = typeof node === 'string' ? [node, {}] : node;
      return { id, node_type, params };
    }),
    connections: connections.map((each) => {
      const [from, to] = each.split('>');
      return { from, to };
    }),
  });
}

const problems = (nodes: Nodes, connections: readonly string[]): string[] =>
  checkFormats(pipeline(nodes, connections), CATALOG).map(({ path, message }) => `${path} ${message}`);

describe('checkFormats', () => {
  it('finds what is certain not to fit, and names both formats', () => {
    expect(
      checkFormats(pipeline({ tts: ['By', { rate: 24_000, format: 'i16' }], asr: 'Sixteen' }, ['tts>asr']), CATALOG),
    ).toEqual([
      {
        path: 'connections[0]',
        message: "'tts' (By) gives 24000 Hz, 1 channel, i16, but 'asr' (Sixteen) takes 16000 Hz",
        code: 'manifest.type_mismatch',
        hint: 'Put a ResampleNode between them, or set auto_convert = true in metadata.multiprocess.',
        nodeId: 'asr',
      },
    ]);
  });

  it('reads parameters, in either spelling, and the defaults of those that are left out', () => {
    expect(problems({ a: 'By', b: 'Sixteen' }, ['a>b'])).toHaveLength(1);
    expect(problems({ a: ['By', { rate: 16_000 }], b: 'Sixteen' }, ['a>b'])).toEqual([]);
    expect(problems({ a: ['By', { rate: 8000 }], b: ['Set', { rate: 8000 }] }, ['a>b'])).toEqual([]);
    expect(problems({ a: ['By', { rate: 8000 }], b: 'Set' }, ['a>b'])).toHaveLength(1);
  });

  it('follows a format through nodes that keep it', () => {
    expect(problems({ a: 'By', b: 'Same', c: 'Same', d: 'Sixteen' }, ['c>d', 'b>c', 'a>b'])).toEqual([
      "connections[0] 'c' (Same) gives 24000 Hz, 1 channel, but 'd' (Sixteen) takes 16000 Hz",
    ]);
  });

  it('knows nothing of what may differ', () => {
    const two = { a: ['By', { rate: 8000 }], b: ['By', { rate: 24_000 }], c: 'Same', d: 'Sixteen' } as const;
    expect(problems(two, ['a>c', 'b>c', 'c>d'])).toEqual([]);
    expect(problems({ a: 'Same', b: 'Sixteen' }, ['a>b'])).toEqual([]);
    expect(problems({ a: 'Any', b: 'Sixteen' }, ['a>b'])).toEqual([]);
    // `keep` of an input that is not known.
    expect(problems({ a: 'By', b: 'Floats' }, ['a>b'])).toEqual([]);
  });

  it('knows that a node works on the one format that it takes', () => {
    expect(problems({ a: 'Any', b: 'Eight', c: 'Sixteen' }, ['a>b', 'b>c'])).toHaveLength(1);
    expect(problems({ a: 'Any', b: 'Eight', c: 'Either' }, ['a>b', 'b>c'])).toEqual([]);
  });

  it('looks at connections that carry audio only', () => {
    expect(problems({ a: 'Texts', b: 'Mixed' }, ['a>b'])).toEqual([]);
    expect(problems({ a: 'Both', b: 'Mixed' }, ['a>b'])).toHaveLength(1);
  });

  it('makes nothing of parameters that make no sense', () => {
    expect(problems({ a: ['By', { rate: 'x' }], b: 'Sixteen' }, ['a>b'])).toEqual([]);
    expect(problems({ a: ['By', { rate: -1, format: {} }], b: 'Sixteen' }, ['a>b'])).toEqual([]);
  });
});

describe('planConversions', () => {
  it('bridges what does not fit and what is not known, and nothing else', () => {
    const manifest = pipeline({ a: ['By', { rate: 16_000 }], b: 'Any', c: 'Sixteen' }, ['a>c', 'b>c']);
    expect(planConversions(manifest, CATALOG, 'unconnected')).toMatchObject([
      { from: 'b', to: 'c', node: 'c__from__b', given: 'any audio', accepted: '16000 Hz' },
    ]);
    expect(planConversions(manifest, CATALOG, new Set(['c'])).map(({ node }) => node)).toEqual([
      'c__from__b',
      'c__from__outside',
    ]);
  });

  it('gives converters ids that no node has', () => {
    const manifest = pipeline({ a: 'Sixteen', a__from__outside: 'Any', a__from__outside_2: 'Any' });
    expect(planConversions(manifest, CATALOG, 'all').map(({ node }) => node)).toEqual(['a__from__outside_3']);
  });

  it('lays converters out on their connections', () => {
    const manifest = pipeline({ a: 'Any', b: 'Sixteen' }, ['a>b']);
    const conversions = planConversions(manifest, CATALOG, 'all');
    const graph = buildGraph(manifest, () => 'python', null, { conversions });
    expect(graph.edges.map(({ from, to, channelEdge }) => [from, to, channelEdge])).toEqual([
      ['', 'a', 0],
      ['', 'b__from__outside', null],
      ['b__from__outside', 'b', 1],
      ['a', 'b__from__a', 2],
      ['b__from__a', 'b', 3],
      ['b', '', 4],
    ]);
    expect(graph.nodes.slice(2)).toMatchObject([
      { kind: 'native', inbox: 0, isSink: false, bridges: { from: '', to: 'b' } },
      { kind: 'native', inbox: 0, isSink: false, bridges: { from: 'a', to: 'b' } },
    ]);
  });

  it('lets a connection carry what its receiver takes', () => {
    expect(kindsAlong(CATALOG, 'Both', 'Texts')).toEqual(['text']);
    expect(kindsAlong(CATALOG, 'Both', 'Mixed')).toBeNull();
    expect(kindsAlong(CATALOG, 'Any', 'Sixteen')).toBeNull();
  });
});

/** Numbers from a seed: a failure can be seen again. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const RATES = [8000, 16_000, 24_000, 44_100];

function randomPipeline(random: (below: number) => number) {
  const types = ['Any', 'Same', 'By', 'Eight', 'Sixteen', 'Either'];
  const ids = Array.from({ length: 2 + random(12) }, (_, index) => `n${index}`);
  const nodes = Object.fromEntries(
    ids.map((id) => [id, [types[random(types.length)] ?? 'Any', { rate: RATES[random(RATES.length)] }] as const]),
  );
  const connections = ids.flatMap((to, at) =>
    ids
      .slice(0, at)
      .filter(() => random(4) === 0)
      .map((from) => `${from}>${to}`),
  );
  // Neither nodes nor connections come in the order of the graph.
  const shuffled = Object.entries(nodes).sort(() => random(3) - 1);
  return pipeline(
    Object.fromEntries(shuffled),
    connections.sort(() => random(3) - 1),
  );
}

/** Rates that come to each node when data runs, where every unknown rate is each of some; and which came along each way. */
function simulate(
  { nodes, connections }: ReturnType<typeof pipeline>,
  isFed: (node: ManifestNode) => boolean,
  bridged: ReadonlySet<string>,
) {
  const accepted: Readonly<Record<string, readonly number[]>> = {
    Eight: [8000],
    Sixteen: [16_000],
    Either: [8000, 16_000],
  };
  const arrivals = new Map<string, Set<number>>();
  const outputs = new Map<string, Set<number>>();
  // In a random pipeline a node's number is above those of all that send to it.
  const sorted = [...nodes].sort((a, b) => Number(a.id.slice(1)) - Number(b.id.slice(1)));
  for (const node of sorted) {
    const takes = accepted[node.nodeType] ?? RATES;
    const ways: [from: string, rates: Iterable<number>][] = connections
      .filter(({ to }) => to === node.id)
      .map(({ from }) => [from, outputs.get(from) ?? []]);
    if (isFed(node)) ways.push(['', RATES]);
    const received = new Set<number>();
    for (const [from, rates] of ways) {
      const way = `${from}>${node.id}`;
      const arrived = new Set(
        [...rates].map((rate) => (bridged.has(way) && !takes.includes(rate) ? (takes[0] ?? 0) : rate)),
      );
      arrivals.set(way, arrived);
      // What is not taken ends the session there.
      for (const rate of arrived) if (takes.includes(rate)) received.add(rate);
    }
    const given = node.nodeType === 'By' ? [Number(node.params['rate'])] : node.nodeType === 'Any' ? RATES : received;
    outputs.set(node.id, new Set(given));
  }
  return { arrivals, accepted };
}

describe('in random pipelines', () => {
  it.each([1, 2, 3, 4])('no converted way brings what is not taken, and no refused one what is (seed %i)', (seed) => {
    const random = randomFrom(seed);
    let bridges = 0;
    let refusals = 0;
    for (let round = 0; round < 300; round += 1) {
      const manifest = randomPipeline(random);
      const typeOf = new Map(manifest.nodes.map(({ id, nodeType }) => [id, nodeType]));
      const injected =
        random(2) === 0 ? ('all' as const) : new Set(manifest.nodes.filter(() => random(2) === 0).map(({ id }) => id));
      const isFed = ({ id }: ManifestNode) => injected === 'all' || injected.has(id);
      const plan = planConversions(manifest, CATALOG, injected);
      bridges += plan.length;
      const bridged = new Set(plan.map(({ from, to }) => `${from}>${to}`));
      const { arrivals, accepted } = simulate(manifest, isFed, bridged);
      for (const [way, rates] of arrivals) {
        const takes = accepted[typeOf.get(way.split('>')[1] ?? '') ?? ''] ?? RATES;
        expect({ way, wrong: [...rates].filter((rate) => !takes.includes(rate)) }).toEqual({ way, wrong: [] });
      }
      const plain = simulate(manifest, isFed, new Set());
      for (const { from, to, verdict } of meetFormats(manifest, CATALOG, isFed)) {
        if (verdict !== 'no') continue;
        refusals += 1;
        const takes = accepted[typeOf.get(to) ?? ''] ?? RATES;
        const rates = [...(plain.arrivals.get(`${from}>${to}`) ?? [])];
        expect({ from, to, right: rates.filter((rate) => takes.includes(rate)) }).toEqual({ from, to, right: [] });
      }
    }
    expect(Math.min(bridges, refusals)).toBeGreaterThan(100);
  });
});
