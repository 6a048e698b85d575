import { type ManifestNode, parseManifest, RemoteMediaError } from '@remotemedia/contract';
import { describe, expect, it } from 'vitest';
import { builtInRegistry } from '../nodes/built-in.js';
import type { PythonNodeType } from '../process/probe.js';
import { Catalog, type PythonGaps } from './catalog.js';
import { ParamSchemas } from './param-schemas.js';
import { checkAgainstCatalog } from './validate.js';

const NOTHING_MORE = {
  aliases: [],
  inputFormat: null,
  outputFormat: null,
  engine: null,
  requirements: { packages: [], python: null, weights: [], gaps: [] },
};

const PYTHON: PythonNodeType[] = [
  {
    ...NOTHING_MORE,
    type: 'WhisperNode',
    module: 'asr',
    doc: '',
    paramsSchema: {
      type: 'object',
      properties: {
        model: { enum: ['base', 'large'] },
        beams: { type: 'integer' },
        words: { type: 'array', items: { type: 'string' } },
      },
      required: ['model'],
      additionalProperties: false,
    },
    inputTypes: ['audio'],
    outputTypes: ['text'],
  },
  { ...NOTHING_MORE, type: 'AnyNode', module: 'any', doc: '', paramsSchema: null, inputTypes: null, outputTypes: null },
];

function catalog(gaps: Partial<PythonGaps> = {}): Catalog {
  return new Catalog(builtInRegistry(), PYTHON, { problem: null, moduleErrors: [], ...gaps });
}

function check(nodes: Record<string, [string, object?]>, connections: [string, string][] = [], types = catalog()) {
  const { nodes: read, connections: edges } = parseManifest({
    version: 'v1',
    nodes: Object.entries(nodes).map(([id, [type, params]]) => ({ id, node_type: type, params: params ?? {} })),
    connections: connections.map(([from, to]) => ({ from, to })),
  });
  const { problems } = checkAgainstCatalog({ nodes: read, connections: edges }, types, new ParamSchemas());
  return problems.map(({ code, path, message }) => `${code} ${path}: ${message}`);
}

describe('a manifest against the node types', () => {
  it('is fine when types, parameters and kinds of data fit', () => {
    const nodes = {
      cut: ['AudioChunkerNode', { chunk_size: 10 }],
      asr: ['WhisperNode', { model: 'base' }],
      any: ['AnyNode'],
    };
    expect(
      check(nodes as never, [
        ['cut', 'asr'],
        ['asr', 'any'],
      ]),
    ).toEqual([]);
  });

  it('has every parameter checked, with its path and what is allowed', () => {
    expect(check({ asr: ['WhisperNode', { beams: 1.5, words: ['a', 2], modle: 'base' }] })).toEqual([
      'manifest.bad_params nodes[0].params.model: is required',
      "manifest.bad_params nodes[0].params.modle: unknown parameter 'modle'",
      'manifest.bad_params nodes[0].params.beams: must be integer',
      'manifest.bad_params nodes[0].params.words[1]: must be string',
    ]);
    expect(check({ asr: ['WhisperNode', { model: 'huge' }] })).toEqual([
      'manifest.bad_params nodes[0].params.model: must be one of "base", "large"',
    ]);
  });

  it('has kinds of data checked along its connections, where both ends say which', () => {
    const nodes = { asr: ['WhisperNode', { model: 'base' }], cut: ['AudioChunkerNode'] };
    expect(check(nodes as never, [['asr', 'cut']])).toEqual([
      "manifest.type_mismatch connections[0]: 'asr' (WhisperNode) gives text, but 'cut' (AudioChunkerNode) takes audio",
    ]);
    expect(check({ any: ['AnyNode'], cut: ['AudioChunkerNode'] }, [['any', 'cut']])).toEqual([]);
  });

  it('keeps the places of nodes when one before them could not be read', () => {
    const bad = { id: 'x', nodeType: 'Nope', params: {} } as ManifestNode;
    const { problems } = checkAgainstCatalog({ nodes: [null, bad], connections: [] }, catalog(), new ParamSchemas());
    expect(problems).toMatchObject([{ path: 'nodes[1].node_type', nodeId: 'x' }]);
  });

  it('says of an unknown type what it may have been, and why Python nodes are missing', () => {
    expect(check({ a: ['WisperNode'] })).toEqual([
      "manifest.unknown_node_type nodes[0].node_type: Unknown node type 'WisperNode'; did you mean WhisperNode?",
    ]);
    const problem = new RemoteMediaError('process.spawn_failed', 'no interpreter');
    expect(check({ a: ['QQQQ'] }, [], catalog({ problem }))[0]).toMatch(/no Python node can be used: no interpreter/);
    const moduleErrors = [{ module: 'tts', errorType: 'ImportError', message: 'ImportError: no torch', traceback: '' }];
    expect(catalog({ moduleErrors }).explainUnknown('VoiceNode').hint).toContain(
      'tts could not be imported (ImportError: no torch)',
    );
  });
});

describe('ParamSchemas', () => {
  const schemas = new ParamSchemas();

  it('reports a schema that is none, as a problem of the node', () => {
    expect(schemas.check({ type: 'nonsense' }, {})).toMatchObject([
      { path: '', message: expect.stringContaining('own schema') },
    ]);
  });

  it('takes both dialects, and the same $id twice', () => {
    const draft7 = { $schema: 'http://json-schema.org/draft-07/schema#', $id: 'x', type: 'object', required: ['a'] };
    expect(schemas.check(draft7, {})).toEqual([{ path: '.a', message: 'is required' }]);
    expect(schemas.check({ ...draft7 }, { a: 1 })).toEqual([]);
    const defs = { $defs: { n: { type: 'number' } }, properties: { a: { $ref: '#/$defs/n' } } };
    expect(schemas.check(defs, { a: 'x' })).toEqual([{ path: '.a', message: 'must be number' }]);
  });
});
