import * as grpc from '@grpc/grpc-js';
import * as stock from '@grpc/proto-loader';
import { fromCallError, loadSync } from '@remotemedia/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Message, PROTO } from '../harness/client.js';
import { startTestService, type TestService } from '../harness/service.js';

type Call = (request: Message, done: (error: grpc.ServiceError | null, response: Message) => void) => unknown;
type Bidi = () => grpc.ClientDuplexStream<Message, Message>;
type Loader = (filename: string, options?: stock.Options) => stock.PackageDefinition;

let running: TestService;
const clients: grpc.Client[] = [];

beforeAll(async () => {
  running = await startTestService();
});

afterAll(async () => {
  for (const client of clients) client.close();
  await running.close();
});

/** A client as the quick start makes it, with methods that were never declared. */
function clientOf(loader: Loader, options: stock.Options | undefined, service: string): Message {
  const loaded = grpc.loadPackageDefinition(loader(PROTO, options)) as unknown as {
    remotemedia: { v1: Record<string, grpc.ServiceClientConstructor> };
  };
  const Service = loaded.remotemedia.v1[service];
  if (Service === undefined) throw new Error(`${service} is not in the package`);
  const client = new Service(running.address, grpc.credentials.createInsecure());
  clients.push(client);
  return client as unknown as Message;
}

function execute(loader: Loader, options: stock.Options | undefined, request: Message): Promise<Message> {
  const client = clientOf(loader, options, 'PipelineExecutionService');
  return new Promise((resolve, reject) => {
    (client['executePipeline'] as Call).call(client, request, (error, response) =>
      error === null ? resolve(response) : reject(error),
    );
  });
}

const COUNTER = { id: 'count', node_type: 'CounterNode' };
const manifestOf = (...nodes: Message[]): Message => ({ version: 'v1', metadata: { name: 'test' }, nodes });
const CHUNKER = { id: 'chunk', node_type: 'AudioChunkerNode', params: { chunk_size: 1024 } };

describe('a client of the stock proto-loader', () => {
  it.each([undefined, { keepCase: true }])('with options %o fails in itself for a params object', async (options) => {
    const failure = execute(stock.loadSync, options, { manifest: manifestOf(CHUNKER) });
    await expect(failure).rejects.toMatchObject({
      code: grpc.status.INTERNAL,
      details: 'Request message serialization failure: .remotemedia.v1.NodeManifest.params: object expected',
    });
  });

  it('drops node_type, and the service says what to do', async () => {
    const failure = execute(stock.loadSync, undefined, { manifest: manifestOf(COUNTER, { ...COUNTER, id: 'more' }) });
    await expect(failure).rejects.toMatchObject({
      code: grpc.status.INVALID_ARGUMENT,
      details:
        "Manifest validation error: Node 'count' has no node type; if the manifest has one, load the proto with " +
        "keepCase: true, or write nodeType (nodes[0].node_type); Node 'more' has no node type (nodes[1].node_type)",
    });
  });

  it('runs with keepCase: true and params_json', async () => {
    const { params, ...chunker } = CHUNKER;
    const manifest = manifestOf({ ...chunker, params_json: JSON.stringify(params) }, COUNTER);
    const response = await execute(stock.loadSync, { keepCase: true }, { manifest });
    expect(response['status']).toBe('SUCCESS');
  });

  it('runs with the whole manifest as text', async () => {
    const manifest = manifestOf(CHUNKER, COUNTER);
    const response = await execute(stock.loadSync, undefined, { manifestJson: JSON.stringify(manifest) });
    expect(response['status']).toBe('SUCCESS');
  });

  it('is warned that its multiprocess came empty', async () => {
    const manifest = { ...manifestOf(COUNTER), metadata: { name: 'x', multiprocess: { channel_capacity: 7 } } };
    const response = await execute(stock.loadSync, { keepCase: true }, { manifest });
    expect(response['warnings']).toEqual([
      'metadata.multiprocess came empty: a stock JavaScript client drops what a plain object holds',
    ]);
  });
});

describe('the same client with our loadSync', () => {
  const camelCase = {
    version: 'v1',
    nodes: [{ id: 'count', nodeType: 'CounterNode', params: { deep: [{ a: null }] } }],
  };
  const text = 'version: v1\nnodes: [{id: count, node_type: CounterNode}]';

  it.each([
    ['an object', undefined, { manifest: manifestOf(CHUNKER, { ...COUNTER, params: { deep: [{ a: null }] } }) }],
    ['an object, with keepCase', { keepCase: true }, { manifest: manifestOf(CHUNKER, COUNTER) }],
    ['an object in camelCase, with keepCase', { keepCase: true }, { manifest: camelCase }],
    ['an object in camelCase', {}, { manifest: camelCase }],
    ['YAML', {}, { manifest: text }],
    ['the request itself', {}, manifestOf(CHUNKER, COUNTER)],
    ['params as older clients write them', {}, { manifest: manifestOf({ ...COUNTER, params: '{"a": 1}' }) }],
  ] as const)('takes a manifest as %s', async (_, options, request) => {
    const response = await execute(loadSync, options, request);
    expect(response['status']).toBe('SUCCESS');
    expect(response).not.toHaveProperty('warnings');
  });

  it('gives plain objects: 64-bit numbers are numbers', async () => {
    const inputs = { count: { binary: { data: Buffer.alloc(10) } } };
    const response = await execute(loadSync, undefined, { manifest: manifestOf(COUNTER), dataInputs: inputs });
    expect(response['result']).toMatchObject({
      dataOutputs: { count: { json: { jsonPayload: '{"messages":1,"bytes":10}' } } },
      metrics: { memoryUsedBytes: expect.any(Number), nodeMetrics: { count: { itemsProcessed: 1 } } },
    });
  });

  it('takes multiprocess as an object: the service checks what is in it', async () => {
    const manifest = { ...manifestOf(COUNTER), metadata: { name: 'x', multiprocess: { channel_capacity: 0 } } };
    await expect(execute(loadSync, undefined, { manifest })).rejects.toMatchObject({
      code: grpc.status.INVALID_ARGUMENT,
      details: 'Manifest validation error: Must be at least 1, got 0 (metadata.multiprocess.channel_capacity)',
    });
  });

  it('gives an error whose details can be read', async () => {
    const error = await execute(loadSync, undefined, { manifest: manifestOf({ id: 'a', node_type: 'Nowhere' }) }).then(
      () => null,
      (thrown: unknown) => fromCallError(thrown),
    );
    expect(error).toMatchObject({ code: 'manifest.unknown_node_type', nodeId: 'a' });
    expect(error?.hint).toContain('remotemedia nodes list');
  });

  it('streams', async () => {
    const client = clientOf(loadSync, undefined, 'StreamingPipelineService');
    const call = (client['streamPipeline'] as Bidi).call(client);
    const received: Message[] = [];
    call.on('data', (message: Message) => received.push(message));
    const ended = new Promise((resolve, reject) => call.once('end', resolve).once('error', reject));
    call.write({ init: { manifest: manifestOf({ ...COUNTER, params: { a: 1 } }) } });
    call.write({ dataChunk: { nodeId: 'count', buffer: { text: { textData: Buffer.from('hi') } }, sequence: 1 } });
    call.end();
    await ended;
    expect(received.find((message) => 'result' in message)).toMatchObject({
      result: { dataOutputs: { count: { json: { jsonPayload: '{"messages":1,"bytes":2}' } } } },
    });
  });

  it.each(['other.proto', ['remotemedia.proto', 'other.proto'], []])('refuses to read %j', (name) => {
    expect(() => loadSync(name)).toThrow(/loadSync reads remotemedia.proto only/);
  });
});
