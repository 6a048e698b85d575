import type { Random } from '../promises/data/random.js';

/** Keys that have tripped others: those of every object, those that look like numbers, those with a case or none. */
const KEYS = [
  'model',
  'chunkSize',
  'chunk_size',
  '__proto__',
  'constructor',
  '7',
  '',
  'größe',
  'a.b[0]',
  'node_type',
] as const;
const TEXTS = [
  '',
  'base',
  'true',
  '1e3',
  'line one\nline two',
  '世界 🌍',
  '{"not": "parsed"}',
  '\u0000',
  '\ufeff',
] as const;
const DEPTH = 4;

/** Any JSON object, but without integers beyond 2^53, which are refused. */
export function randomParams(random: Random, depth = 0): Record<string, unknown> {
  const count = random.below(6);
  // Not an assignment: a key may be `__proto__`.
  return Object.fromEntries(Array.from({ length: count }, () => [random.pick(KEYS), randomValue(random, depth + 1)]));
}

function randomValue(random: Random, depth: number): unknown {
  switch (random.below(depth < DEPTH ? 8 : 6)) {
    case 0:
      return null;
    case 1:
      return random.below(2) === 1;
    case 2:
      return random.pick([1, -1]) * random.integer() || 0;
    case 3:
      return (random.next() - 2 ** 31) / random.pick([3, 7e10, 1e20]);
    case 4:
      return random.pick(TEXTS);
    case 5:
      return random.word(1 + random.below(50));
    case 6:
      return Array.from({ length: random.below(4) }, () => randomValue(random, depth + 1));
    default:
      return randomParams(random, depth);
  }
}

/** A chain of one to five nodes with everything that a manifest can say, in snake_case. */
export function randomManifest(random: Random): Record<string, unknown> {
  const ids = Array.from({ length: 1 + random.below(5) }, (_, index) => `node-${index}_${random.word(3)}`);
  return {
    version: 'v1',
    metadata: {
      name: random.pick(TEXTS),
      description: random.word(5),
      created_at: '2026-01-01T00:00:00Z',
      multiprocess: {
        max_processes_per_session: random.pick([null, 1, 10]),
        channel_capacity: 1 + random.below(10_000),
        enable_backpressure: random.below(2) === 0,
        init_timeout_secs: 0.5 + random.below(100),
      },
    },
    nodes: ids.map((id) => ({
      id,
      node_type: random.pick(['PassThrough', 'EchoNode', random.word(8)]),
      params: randomParams(random),
      is_streaming: random.below(2) === 0,
      capabilities: {
        gpu: { type: 'cuda', min_memory_gb: 0.5, required: true },
        cpu: { cores: 2, arch: '' },
        memory_gb: 1,
      },
      host: random.word(4),
      runtime_hint: random.pick(['cpython', 'RUNTIME_HINT_AUTO', 'rustpython']),
      input_types: [random.pick(['any', 'audio', 'DATA_TYPE_HINT_TEXT'])],
      output_types: ['any'],
    })),
    connections: ids.slice(1).map((to, index) => ({ from: ids[index], to })),
  };
}

/** The same manifest with its own keys in camelCase; what is in params stays as it is. */
export function inCamelCase(value: unknown, key = ''): unknown {
  if (key === 'params' || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => inCamelCase(item));
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      inCamelCase(item, name),
    ]),
  );
}
