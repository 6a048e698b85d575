import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { isRemoteMediaError, type RemoteMediaError } from '../errors/error.js';
import { ExecuteRequest, NodeManifest, PipelineManifest, StreamInit } from '../gen/remotemedia.js';
import { decodeMessage, encodeMessage } from '../wire/service-definition.js';
import { fromProtoManifest, manifestOfRequest } from './from-proto.js';
import type { Manifest } from './manifest.js';
import { readParamsRecords } from './params.js';
import { parseManifest } from './parse-manifest.js';

interface Form {
  form: 'object' | 'text' | 'execute_request' | 'stream_init';
  note?: string;
  value?: unknown;
  text?: string;
  base64?: string;
}

const golden = JSON.parse(readFileSync(new URL('../../fixtures/manifests.json', import.meta.url), 'utf8')) as {
  manifests: { name: string; forms: Form[]; canonical: unknown; warnings: string[] }[];
  invalid: (Form & { name: string; code: string; problems: { path: string; code: string; contains: string }[] })[];
  params: { name: string; records_hex: string[]; params?: unknown; error_contains?: string; hint_contains?: string }[];
};

const bytesOf = (text: string, encoding: 'hex' | 'base64'): Uint8Array => new Uint8Array(Buffer.from(text, encoding));

function manifestOf({ form, value, text = '', base64 = '' }: Form): Manifest {
  switch (form) {
    case 'object':
      return parseManifest(value);
    case 'text':
      return parseManifest(text);
    case 'execute_request':
      return manifestOfRequest(decodeMessage(ExecuteRequest, bytesOf(base64, 'base64')));
    case 'stream_init':
      return manifestOfRequest(decodeMessage(StreamInit, bytesOf(base64, 'base64')));
  }
}

/** A manifest with the names of the file, as the fixtures have it. */
function canonical({ version, metadata, nodes, connections }: Manifest): unknown {
  return {
    version,
    metadata: {
      name: metadata.name,
      description: metadata.description,
      created_at: metadata.createdAt,
      multiprocess: metadata.multiprocess,
    },
    nodes: nodes.map((node) => ({
      id: node.id,
      node_type: node.nodeType,
      params: node.params,
      is_streaming: node.isStreaming,
      capabilities: node.capabilities && {
        gpu: node.capabilities.gpu && {
          type: node.capabilities.gpu.type,
          min_memory_gb: node.capabilities.gpu.minMemoryGb,
          required: node.capabilities.gpu.required,
        },
        cpu: node.capabilities.cpu,
        memory_gb: node.capabilities.memoryGb,
      },
      host: node.host,
      runtime_hint: node.runtimeHint,
      input_types: node.inputTypes,
      output_types: node.outputTypes,
    })),
    connections,
  };
}

function thrownBy(run: () => unknown): RemoteMediaError {
  try {
    run();
  } catch (error) {
    if (isRemoteMediaError(error)) {
      return error;
    }
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe.each(golden.manifests)('golden manifest: $name', ({ forms, canonical: expected, warnings }) => {
  test.each(forms)('as $form, $note', (form) => {
    const manifest = manifestOf(form);
    // Compared as text: toEqual takes an own key `__proto__` for the prototype.
    expect(JSON.stringify(canonical(manifest))).toBe(JSON.stringify(inOrderOf(expected, canonical(manifest))));
    expect([...manifest.warnings].sort()).toEqual([...warnings].sort());
  });

  test.each(forms.filter(({ base64 }) => base64 !== undefined))(
    'bytes of $form, $note, stay the same',
    ({ form, base64 = '' }) => {
      const bytes = bytesOf(base64, 'base64');
      const again =
        form === 'stream_init'
          ? encodeMessage(StreamInit, decodeMessage(StreamInit, bytes))
          : encodeMessage(ExecuteRequest, decodeMessage(ExecuteRequest, bytes));
      expect(Buffer.from(again).toString('base64')).toBe(base64);
    },
  );
});

/** `value` with the keys of every object in the order they have in `model`, where order carries no meaning. */
function inOrderOf(value: unknown, model: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map((item, index) => inOrderOf(item, Array.isArray(model) ? model[index] : undefined));
  }
  if (typeof value !== 'object' || value === null || typeof model !== 'object' || model === null) {
    return value;
  }
  const rest = Object.keys(value).filter((key) => !Object.hasOwn(model, key));
  const shared = Object.keys(model).filter((key) => Object.hasOwn(value, key));
  const ordered = {};
  for (const key of [...shared, ...rest]) {
    const item = inOrderOf(Reflect.get(value, key, value), Object.getOwnPropertyDescriptor(model, key)?.value);
    Object.defineProperty(ordered, key, { value: item, enumerable: true });
  }
  return ordered;
}

test.each(golden.invalid)('invalid: $name', ({ code, problems, ...form }) => {
  const error = thrownBy(() => manifestOf(form));
  expect(error.code).toBe(code);
  expect(error.message).toMatch(/^Manifest validation error: /);
  const found = error.details.problems ?? [{ path: '', code: error.code, message: error.message }];
  expect(found.map(({ path, code: each }) => [path, each])).toEqual(
    problems.map(({ path, code: each }) => [path, each]),
  );
  problems.forEach(({ contains }, index) => {
    expect(found[index]?.message).toContain(contains);
  });
});

test.each(golden.params)('params on the wire: $name', ({ records_hex, params, error_contains, hint_contains = '' }) => {
  const reading = readParamsRecords(records_hex.map((hex) => bytesOf(hex, 'hex')));
  if (error_contains === undefined) {
    expect(reading).toEqual({ params });
  } else {
    expect('message' in reading && reading.message).toContain(error_contains);
    expect('message' in reading ? (reading.hint ?? '') : '').toContain(hint_contains);
  }
});

describe('problems', () => {
  test('a client that drops node_type hears about keepCase', () => {
    const proto = PipelineManifest.fromPartial({ version: 'v1', nodes: [{ id: 'a' }] });
    expect(thrownBy(() => fromProtoManifest(proto)).hint).toContain('keepCase');
    expect(thrownBy(() => parseManifest({ version: 'v1', nodes: [{ id: 'a', node_type: '' }] })).hint).not.toContain(
      'keepCase',
    );
  });

  test('name the node where they are all of one', () => {
    const params = [new TextEncoder().encode('[object Object]')];
    const proto = PipelineManifest.fromPartial({
      version: 'v1',
      nodes: [NodeManifest.fromPartial({ id: 'asr', nodeType: 'X', params })],
    });
    const error = thrownBy(() => fromProtoManifest(proto));
    expect([error.code, error.nodeId]).toEqual(['manifest.bad_params', 'asr']);
    expect(error.hint).toContain('JSON.stringify');
  });

  test('JSON with a comment gets a hint of its own', () => {
    expect(thrownBy(() => parseManifest('{ "version": "v1" // yes\n}')).hint).toContain('no comments');
  });

  test('a thousand nodes are allowed, one more is not', () => {
    const nodes = Array.from({ length: 1001 }, (_, index) => ({ id: `n${index}`, node_type: 'Echo' }));
    const chain = nodes.slice(1, 1000).map(({ id }, index) => ({ from: `n${index}`, to: id }));
    expect(parseManifest({ version: 'v1', nodes: nodes.slice(0, 1000), connections: chain }).nodes).toHaveLength(1000);
    expect(thrownBy(() => parseManifest({ version: 'v1', nodes })).message).toContain('1001 items, more than 1000');
  });

  test('a cycle at the end of a thousand nodes is found', () => {
    const nodes = Array.from({ length: 1000 }, (_, index) => ({ id: `n${index}`, node_type: 'Echo' }));
    const connections = nodes.map(({ id }, index) => ({ from: id, to: `n${(index + 1) % 1000}` }));
    expect(thrownBy(() => parseManifest({ version: 'v1', nodes, connections })).code).toBe('manifest.cycle');
  });

  test('ten thousand of them make a short message', () => {
    const connections = Array.from({ length: 10_000 }, (_, index) => ({ from: `x${index}`, to: 'nowhere' }));
    const error = thrownBy(() =>
      parseManifest({ version: 'v1', nodes: [{ id: 'a', node_type: 'Echo' }], connections }),
    );
    expect(error.message.length).toBeLessThan(2000);
    expect(error.message).toContain('and 19990 more');
    expect(error.details.problems).toHaveLength(100);
  });
});

describe('hostile texts end in a typed error', () => {
  const expansion = [
    'a: &a [x,x,x,x,x,x,x,x,x]',
    ...'bcdefghi'
      .split('')
      .map((name, index) => `${name}: &${name} [${Array<string>(9).fill(`*${'abcdefgh'[index]}`).join(',')}]`),
  ].join('\n');
  test.each([
    ['aliases that multiply', expansion],
    ...['[', '- ', '? ', '{a: ', 'a: '].map((level): [string, string] => [
      `YAML of a hundred thousand "${level}"`,
      level.repeat(100_000),
    ]),
    [
      'JSON nested very deep',
      `{"version":"v1","nodes":[{"id":"a","node_type":"T","params":{"x":${'['.repeat(50_000)}${']'.repeat(50_000)}}}]}`,
    ],
    ['YAML of two documents', 'version: v1\n---\nversion: v1\n'],
    ['YAML with a key that is a list', '? [a]\n: b\n'],
    ['YAML that is too long', `version: v1\n${'#'.repeat(1024 * 1024)}`],
    ['numbers that are none', 'version: v1\nnodes: [{ id: a, node_type: T, params: { x: .nan, y: .inf } }]'],
    ['nothing', ''],
  ])('%s', (_, text) => {
    expect(thrownBy(() => parseManifest(text)).code).toMatch(/^manifest\./);
  });

  test('a request may hold YAML, but not so much that reading it takes long', () => {
    const text = 'version: v1\nnodes: [{ id: a, node_type: T }]\n';
    const requestOf = (manifestJson: string) => StreamInit.fromPartial({ manifestJson });
    expect(manifestOfRequest(requestOf(text)).nodes).toHaveLength(1);
    const error = thrownBy(() => manifestOfRequest(requestOf(text + '#'.repeat(64 * 1024))));
    expect(error.message).toContain('more than 65536; write large manifests as JSON');
  });

  test('objects of classes are no manifest', () => {
    for (const input of [null, 5, new Map(), new Date(), Buffer.from('{}'), () => 1]) {
      expect(thrownBy(() => parseManifest(input)).code).toBe('manifest.invalid');
    }
  });

  test('params of an object are JSON data and nothing else', () => {
    const params = { when: new Date(0), run: () => 1, big: 1n, none: undefined };
    const error = thrownBy(() => parseManifest({ version: 'v1', nodes: [{ id: 'a', node_type: 'T', params }] }));
    expect(error.details.problems?.map(({ path }) => path)).toEqual(
      ['when', 'run', 'big', 'none'].map((key) => `nodes[0].params.${key}`),
    );
  });
});
