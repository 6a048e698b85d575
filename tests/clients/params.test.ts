import { encodeMessage, isRemoteMediaError, type RemoteMediaError, wire } from '@remotemedia/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestService, type TestService } from '../harness/service.js';
import { field, RawClient } from './raw-client.js';

let running: TestService;
let client: RawClient;

beforeAll(async () => {
  running = await startTestService();
  client = new RawClient(running.address);
});

afterAll(async () => {
  client.close();
  await running.close();
});

/** Fields of NodeManifest and PipelineManifest, as the public schema numbers them. */
const PARAMS = 3;
const NODES = 3;

const text = Buffer.from(
  encodeMessage(wire.TextBuffer, { textData: Buffer.from('x'), encoding: '', language: '', channel: '' }),
);

/** A manifest of one node whose `params` are these records, as bytes. */
function manifestWith(records: readonly Uint8Array[]): Buffer {
  const head = [field(1, 'tell'), field(2, 'TellParamsNode')];
  const node = Buffer.concat([...head, ...records.map((record) => field(PARAMS, record))]);
  return Buffer.concat([field(1, 'v1'), field(NODES, node)]);
}

/** What the node is given for these records. */
async function paramsFor(records: readonly (Uint8Array | string)[], form: 'manifest' | 'bare' = 'manifest') {
  const manifest = manifestWith(records.map((record) => Buffer.from(record)));
  // `manifest` is field 1; a bare manifest's own fields begin at 101.
  const version = field(101, 'v1');
  const request = form === 'manifest' ? field(1, manifest) : Buffer.concat([version, bareNodes(manifest)]);
  const input = Buffer.concat([field(1, 'tell'), field(2, field(5, text))]);
  const { outcome } = await client.execute(Buffer.concat([request, field(2, input)]));
  const output = outcome?.$case === 'result' ? outcome.value.dataOutputs.get('tell') : undefined;
  if (output?.dataType?.$case !== 'json') throw new Error('the node gave nothing');
  return JSON.parse(output.dataType.value.jsonPayload) as unknown;
}

/** The nodes of a manifest (after its version, which takes four bytes) as those of a bare one. */
function bareNodes(manifest: Buffer): Buffer {
  const { nodes } = wire.PipelineManifest.decode(manifest);
  return Buffer.concat(nodes.map((node) => field(103, encodeMessage(wire.NodeManifest, node))));
}

async function refusalOf(records: readonly (Uint8Array | string)[]): Promise<RemoteMediaError> {
  const thrown = await paramsFor(records).then(
    (params) => new Error(`the node was given ${JSON.stringify(params)}`),
    (error: unknown) => error,
  );
  if (!isRemoteMediaError(thrown)) throw thrown;
  return thrown;
}

/** One entry of `map<string, google.protobuf.Value>`. */
const entry = (key: string, value: Uint8Array): Buffer => Buffer.concat([field(1, key), field(2, value)]);
const numberValue = (value: number): Buffer => {
  const bytes = Buffer.alloc(9);
  bytes.writeUInt8(0x11);
  bytes.writeDoubleLE(value, 1);
  return bytes;
};
const textValue = (value: string): Buffer => field(3, value);
const structValue = (...entries: Buffer[]): Buffer => field(5, Buffer.concat(entries.map((each) => field(1, each))));
const listValue = (...values: Buffer[]): Buffer => field(6, Buffer.concat(values.map((each) => field(1, each))));
const NULL = Buffer.from([0x08, 0]);
const TRUE = Buffer.from([0x20, 1]);

describe('params reach the node', () => {
  it.each([
    ['a JSON text', ['{"model": "base", "beams": 5}'], { model: 'base', beams: 5 }],
    ['a JSON text after blank lines', ['\n\n  {"model": "base"}\n'], { model: 'base' }],
    ['an empty text', [''], {}],
    ['null as a text', ['null'], {}],
    ['nothing', [], {}],
    [
      'a map',
      [entry('model', textValue('base')), entry('beams', numberValue(5)), entry('fast', TRUE), entry('seed', NULL)],
      { model: 'base', beams: 5, fast: true, seed: null },
    ],
    [
      'nested lists and objects',
      [entry('a', listValue(listValue(numberValue(1), listValue()), structValue(entry('b', listValue(NULL)))))],
      { a: [[1, []], { b: [null] }] },
    ],
    ['a key that is __proto__', [entry('__proto__', numberValue(1))], JSON.parse('{"__proto__": 1}')],
    ['the largest integer that a double holds exactly', [entry('n', numberValue(2 ** 53 - 1))], { n: 2 ** 53 - 1 }],
  ])('from %s', async (_, records, expected) => {
    expect(await paramsFor(records)).toEqual(expected);
    expect(await paramsFor(records, 'bare')).toEqual(expected);
  });

  it('from a thousand keys, as a map and as a text', async () => {
    const expected = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`key_${index}`, index]));
    const entries = Object.entries(expected).map(([key, value]) => entry(key, numberValue(value)));
    expect(await paramsFor(entries)).toEqual(expected);
    expect(await paramsFor([JSON.stringify(expected)])).toEqual(expected);
  });
});

describe('params are refused', () => {
  it.each([
    ['an object that became a text', ['[object Object]'], /\[object Object\]/, /JSON\.stringify\(params\)/],
    // A new line is the byte that a map's entry begins with.
    ['broken JSON after blank lines', ['\n\n{"model": }'], /"\\n\\n\{\\"model\\": \}"/, /JSON syntax/],
    ['broken JSON', ['{"model": "base"'], /not a JSON object/, /JSON syntax/],
    ['a JSON list', ['[1, 2]'], /list/, /./],
    ['a JSON number', ['5'], /5/, /./],
    ['two texts', ['{"a": 1}', '{"b": 2}'], /not a JSON object|\{\\"a\\"/, /./],
    ['an entry beside a text', [entry('a', TRUE), '{"b": 2}'], /\{\\"b\\": 2\}/, /./],
    ['a key that comes twice', [entry('a', TRUE), entry('a', NULL)], /twice/, /./],
    ['an integer beyond 2^53 in a text', ['{"seed": {"n": 9007199254740993}}'], /seed\.n/, /./],
    ['an integer beyond 2^53 in a map', [entry('n', numberValue(2 ** 60))], /params\.n/, /./],
  ])('from %s, with what came and what to do', async (_, records, message, hint) => {
    const error = await refusalOf(records);
    expect(error.code).toMatch(/^manifest\./);
    expect(error.message).toMatch(/^Manifest validation error: /);
    expect(error.message).toMatch(message);
    expect(error.hint).toMatch(hint);
    expect(error.nodeId).toBe('tell');
  });
});
