import { decodeMessage, encodeMessage, type MessageCodec, wire } from '@remotemedia/contract';
import protobuf from 'protobufjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LEGACY_PROTO, type Message, WireClient } from '../harness/client.js';
import { outputOf } from '../harness/messages.js';
import { startTestService, type TestService } from '../harness/service.js';
import { Random } from '../promises/data/random.js';
import { messageTypes, randomMessage } from './random-message.js';

const ROUNDS = 20;
const NODE_TYPES = ['PassThrough', 'EchoNode'];
const BUFFERS = 60;

const root = new protobuf.Root().loadSync(LEGACY_PROTO, { keepCase: true });
const codecs = wire as unknown as Readonly<Record<string, MessageCodec<unknown>>>;

describe('every message of clients in the field', () => {
  const types = messageTypes(root);

  it('is there', () => {
    expect(types.length).toBeGreaterThan(60);
  });

  it.each(types.map((type) => [type.name, type] as const))('%s is read and written bit for bit', (name, type) => {
    const codec = codecs[name];
    if (codec === undefined) throw new Error(`the contract has no ${name}`);
    for (let round = 0; round < ROUNDS; round += 1) {
      const bytes = type.encode(randomMessage(type, new Random(round, type.fieldsArray.length))).finish();
      const again = encodeMessage(codec, decodeMessage(codec, bytes));
      expect(Buffer.from(again).equals(bytes)).toBe(true);
    }
  });
});

describe('data of every kind from a client of the legacy proto', () => {
  let running: TestService;
  let client: WireClient;

  beforeAll(async () => {
    running = await startTestService();
    client = new WireClient(running.address, LEGACY_PROTO);
  });
  afterAll(async () => {
    client.close();
    await running.close();
  });

  const type = root.lookupType('remotemedia.v1.DataBuffer');
  /** As the client gets it: enums by name, as it was told to read them. */
  const bufferAt = (index: number): Message =>
    type.toObject(type.fromObject(randomMessage(type, new Random(index, 9))), {
      enums: String,
      longs: Number,
      oneofs: true,
    });

  it('is all kinds', () => {
    const kinds = new Set(Array.from({ length: BUFFERS }, (_, index) => bufferAt(index)['data_type']));
    expect(kinds.size).toBe(9);
  });

  it.each(NODE_TYPES)('comes back from %s in one call each', async (nodeType) => {
    const manifest = { version: 'v1', nodes: [{ id: 'node', node_type: nodeType, params: '' }] };
    for (let index = 0; index < 12; index += 1) {
      const response = await client.execute({ manifest, data_inputs: { node: bufferAt(index) } });
      expect(outputOf(response['result'] as Message, 'node')).toEqual(bufferAt(index));
    }
  });

  it.each(NODE_TYPES)('comes back from %s on one stream', async (nodeType) => {
    const manifest = { version: 'v1', nodes: [{ id: 'node', node_type: nodeType, params: '{}' }] };
    const stream = client.stream().read();
    stream.send({ init: { manifest } });
    for (let index = 0; index < BUFFERS; index += 1) {
      stream.send({ data_chunk: { node_id: 'node', buffer: bufferAt(index), sequence: index + 1 } });
    }
    stream.send({ control: { command: 'COMMAND_CLOSE' } });
    expect((await stream.ended).code).toBe(0);
    const results = stream.all('result').map((result) => outputOf(result, 'node'));
    expect(results).toEqual(Array.from({ length: BUFFERS }, (_, index) => bufferAt(index)));
  });
});
