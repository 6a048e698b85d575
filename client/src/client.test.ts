import { EventEmitter, once } from 'node:events';
import { type handleUnaryCall, Metadata, Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js';
import {
  RemoteMediaError,
  type RuntimeData,
  STATUS_DETAILS_KEY,
  toDataBuffer,
  toErrorResponse,
  toGrpcStatus,
  wire,
} from '@remotemedia/contract';
import { afterEach, expect, test } from 'vitest';
import { connect, type RemoteMediaClient } from './client.js';
import type { StreamEvent } from './pipeline-stream.js';
import { executionService, streamingService } from './service-methods.js';

type Call = ServerDuplexStream<wire.StreamRequest, wire.StreamResponse>;
type Response = NonNullable<wire.StreamResponse['response']>;

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/** A service that answers as the test says, and a client for it. */
async function serve(handlers: {
  readonly stream?: (call: Call) => void;
  readonly execute?: handleUnaryCall<wire.ExecuteRequest, wire.ExecuteResponse>;
}): Promise<RemoteMediaClient> {
  const server = new Server();
  server.addService(streamingService as never, { streamPipeline: handlers.stream ?? (() => {}) } as never);
  server.addService(executionService as never, { executePipeline: handlers.execute, getVersion: () => {} } as never);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  const client = connect(`127.0.0.1:${port}`);
  cleanups.push(() => {
    client.close();
    server.forceShutdown();
  });
  return client;
}

const text = (value: string): RuntimeData => ({
  kind: 'text',
  textData: new TextEncoder().encode(value),
  encoding: 'utf-8',
  language: '',
  channel: '',
  metadata: {},
});

function send(call: Call, ...responses: Response[]): void {
  for (const response of responses) call.write({ response });
}

const ready: Response = {
  $case: 'ready',
  value: { sessionId: 's1', recommendedChunkSize: 0, maxBufferLatencyMs: 0, warnings: ['odd'] },
};
const closed: Response = {
  $case: 'closed',
  value: { sessionId: 's1', finalMetrics: undefined, reason: 'end of input' },
};

async function collect(events: AsyncIterable<StreamEvent>): Promise<StreamEvent[]> {
  const all: StreamEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

test('a stream sends the manifest as it stands, numbers its chunks, and ends with what the service says', async () => {
  const requests: wire.StreamRequest[] = [];
  const client = await serve({
    stream: (call) => {
      call.on('data', (request: wire.StreamRequest) => {
        requests.push(request);
        if (request.request?.$case === 'init') {
          send(
            call,
            { $case: 'initProgress', value: { nodeId: 'a', status: 'ready', fraction: 1, message: '', elapsedMs: 5 } },
            ready,
          );
        }
        if (request.request?.$case === 'dataChunk') {
          const { nodeId, buffer, sequence } = request.request.value;
          const dataOutputs = new Map(buffer === undefined ? [] : [[nodeId, buffer]]);
          send(call, {
            $case: 'result',
            value: { sequence, dataOutputs, processingTimeMs: 1, totalItemsProcessed: 1 },
          });
        }
      });
      call.on('end', () => {
        send(call, closed);
        call.end();
      });
    },
  });
  const manifest = { version: 'v1', nodes: [{ id: 'a', node_type: 'PassThrough', params: { x: 1 } }], connections: [] };
  const stream = client.stream(manifest);
  const events = collect(stream);
  await stream.send({ nodeId: 'a', data: text('one') });
  await stream.send({ nodeId: 'a', data: text('two'), timestampMs: 40 });
  stream.close();

  expect(await events).toEqual([
    { type: 'init_progress', nodeId: 'a', status: 'ready', fraction: 1, message: '', elapsedMs: 5 },
    { type: 'ready', sessionId: 's1', warnings: ['odd'] },
    { type: 'result', nodeId: 'a', sequence: 0, data: expect.objectContaining({ kind: 'text' }) },
    { type: 'result', nodeId: 'a', sequence: 1, data: expect.objectContaining({ kind: 'text' }) },
    { type: 'closed', reason: 'end of input', metrics: null },
  ]);
  const [init, , second, close] = requests.map(({ request }) => request);
  expect(init?.$case === 'init' && JSON.parse(init.value.manifestJson)).toEqual(manifest);
  expect(second).toMatchObject({ $case: 'dataChunk', value: { sequence: 1, timestampMs: 40 } });
  expect(close).toMatchObject({ $case: 'control', value: { command: wire.StreamControl_Command.CLOSE } });
  expect(stream.failure).toBeNull();
});

test('named parts of a composite travel as named buffers', async () => {
  const client = await serve({
    stream: (call) => {
      call.on('data', ({ request }: wire.StreamRequest) => {
        if (request?.$case !== 'dataChunk') return;
        const names = [...request.value.namedBuffers.keys()].join();
        send(call, { ...closed, value: { ...closed.value, reason: `${names} ${request.value.buffer}` } } as Response);
        call.end();
      });
    },
  });
  const stream = client.stream('{}');
  const buffers = new Map([
    ['a', text('1')],
    ['b', text('2')],
  ]);
  await stream.send({ nodeId: 'n', data: { kind: 'composite', buffers, metadata: {} } });
  expect(await collect(stream)).toMatchObject([{ type: 'closed', reason: 'a,b undefined' }]);
});

test('the whole error of the stream is thrown, not the shorter one of its status', async () => {
  const failure = new RemoteMediaError('node.failed', "Node 'a' failed: KeyError", {
    nodeId: 'a',
    details: { traceback: 'x'.repeat(20_000) },
  });
  const client = await serve({
    stream: (call) => {
      send(call, ready, { $case: 'error', value: toErrorResponse(failure) });
      const { code, message } = toGrpcStatus(failure);
      call.emit('error', { code, details: message });
    },
  });
  const stream = client.stream('{}');
  await expect(collect(stream)).rejects.toMatchObject({
    code: 'node.failed',
    nodeId: 'a',
    details: { traceback: 'x'.repeat(20_000) },
  });
  await expect(stream.send({ nodeId: 'a', data: text('late') })).rejects.toThrow();
});

test('send waits while the service does not read, and goes on when it does', async () => {
  const service = new EventEmitter<{ paused: [Call] }>();
  const paused = once(service, 'paused');
  const client = await serve({
    stream: (call) => {
      call.pause();
      service.emit('paused', call);
    },
  });
  const stream = client.stream('{}');
  const [call] = await paused;
  const large: RuntimeData = { kind: 'binary', data: new Uint8Array(1 << 20), mimeType: '', metadata: {} };
  let written = 0;
  const total = 32;
  const writing = (async () => {
    for (; written < total; written++) await stream.send({ nodeId: 'a', data: large });
    stream.close();
  })();
  // The loop cannot end by itself: 32 MiB are more than any window on the way.
  const first = await Promise.race([
    writing.then(() => 'all written'),
    new Promise((resolve) => setImmediate(resolve)),
  ]);
  expect(first).toBeUndefined();
  expect(written).toBeLessThan(total);

  call.on('end', () => {
    send(call, closed);
    call.end();
  });
  call.resume();
  await writing;
  expect(written).toBe(total);
  expect(await collect(stream)).toHaveLength(1);
});

test('flush waits until all that was sent is on the connection, and no longer', async () => {
  const service = new EventEmitter<{ paused: [Call] }>();
  const paused = once(service, 'paused');
  let received = 0;
  const client = await serve({
    stream: (call) => {
      call.pause();
      call.on('data', ({ request }: wire.StreamRequest) => {
        received += request?.$case === 'dataChunk' ? 1 : 0;
      });
      call.pause();
      service.emit('paused', call);
    },
  });
  const stream = client.stream('{}');
  const [call] = await paused;
  await stream.flush();
  const large: RuntimeData = { kind: 'binary', data: new Uint8Array(1 << 20), mimeType: '', metadata: {} };
  // Nobody has to wait for one before the next, and none of them is lost.
  const sending = Array.from({ length: 32 }, () => stream.send({ nodeId: 'a', data: large }));
  let isFlushed = false;
  const flushed = stream.flush().then(() => {
    isFlushed = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(isFlushed).toBe(false);
  call.resume();
  await Promise.all([flushed, ...sending]);
  call.on('end', () => {
    send(call, closed);
    call.end();
  });
  stream.close();
  expect(await collect(stream)).toHaveLength(1);
  expect(received).toBe(32);
  await stream.flush();
});

test('flush ends with the failure of the pipeline', async () => {
  const failure = new RemoteMediaError('node.failed', "Node 'a' failed");
  const service = new EventEmitter<{ paused: [Call] }>();
  const paused = once(service, 'paused');
  const client = await serve({
    stream: (call) => {
      call.pause();
      service.emit('paused', call);
    },
  });
  const stream = client.stream('{}');
  const [call] = await paused;
  const large: RuntimeData = { kind: 'binary', data: new Uint8Array(1 << 24), mimeType: '', metadata: {} };
  const sending = stream.send({ nodeId: 'a', data: large });
  const flushed = stream.flush();
  const { code, message, details } = toGrpcStatus(failure);
  const metadata = new Metadata();
  metadata.set(STATUS_DETAILS_KEY, Buffer.from(details));
  call.emit('error', { code, details: message, metadata });
  await expect(flushed).rejects.toMatchObject({ code: 'node.failed' });
  await expect(stream.flush()).rejects.toMatchObject({ code: 'node.failed' });
  await sending.catch(() => undefined);
});

test('aborting the signal cancels the call in the service and ends reading and writing', async () => {
  const service = new EventEmitter<{ cancelled: [] }>();
  const cancelled = once(service, 'cancelled');
  const client = await serve({
    stream: (call) => {
      call.on('cancelled', () => service.emit('cancelled'));
      call.resume();
      send(call, ready);
    },
  });
  const abort = new AbortController();
  const stream = client.stream('{}', { signal: abort.signal });
  const events = stream[Symbol.asyncIterator]();
  expect(await events.next()).toMatchObject({ value: { type: 'ready' } });
  abort.abort();
  await expect(events.next()).rejects.toMatchObject({ code: 'session.cancelled' });
  await expect(stream.send({ nodeId: 'a', data: text('x') })).rejects.toMatchObject({ code: 'session.cancelled' });
  await cancelled;
});

test('a consumer that stops half way cancels the call', async () => {
  const service = new EventEmitter<{ cancelled: [] }>();
  const cancelled = once(service, 'cancelled');
  const client = await serve({
    stream: (call) => {
      call.on('cancelled', () => service.emit('cancelled'));
      call.resume();
      send(call, ready);
    },
  });
  for await (const event of client.stream('{}')) {
    expect(event.type).toBe('ready');
    break;
  }
  await cancelled;
});

test('execute returns every output in order and one per sink', async () => {
  const client = await serve({
    execute: ({ request }, callback) => {
      const buffer = request.dataInputs.get('a');
      callback(null, {
        outcome: {
          $case: 'result',
          value: {
            dataOutputs: new Map(buffer === undefined ? [] : [['a', buffer]]),
            metrics: undefined,
            nodeResults: [],
            status: 1,
            outputs: [1, 2].map((sequence) => ({ nodeId: 'a', sequence, buffer: toDataBuffer(text(`${sequence}`)) })),
          },
        },
        status: 'SUCCESS',
        warnings: ['one left out'],
      });
    },
  });
  const result = await client.execute('{}', { a: text('in') });
  expect(result.status).toBe('SUCCESS');
  expect(result.outputs.map(({ sequence }) => sequence)).toEqual([1, 2]);
  expect(result.dataOutputs.get('a')).toMatchObject({ kind: 'text' });
  expect(result.warnings).toEqual(['one left out']);
});

test('no service at the address is an error that names it', async () => {
  const server = new Server();
  const port = await new Promise<number>((resolve) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (_error, bound) => resolve(bound));
  });
  server.forceShutdown();
  const client = connect(`127.0.0.1:${port}`);
  cleanups.push(() => client.close());
  await expect(client.version()).rejects.toMatchObject({
    code: 'service.unreachable',
    message: expect.stringContaining(`127.0.0.1:${port}`),
  });
});

test('a manifest that JSON cannot hold is refused before anything is sent', async () => {
  const client = connect('127.0.0.1:1');
  cleanups.push(() => client.close());
  await expect(client.execute({ nodes: [1n] })).rejects.toMatchObject({ code: 'manifest.invalid' });
});

test('a signal that is aborted already is as typed as one that is aborted later', async () => {
  const client = connect('127.0.0.1:1');
  cleanups.push(() => client.close());
  const signal = AbortSignal.abort();
  await expect(client.execute('{}', {}, { signal })).rejects.toMatchObject({ code: 'session.cancelled' });
  await expect(collect(client.stream('{}', { signal }))).rejects.toMatchObject({ code: 'session.cancelled' });
});

test('aborting the signal of a call cancels it in the service', async () => {
  const service = new EventEmitter<{ begun: []; cancelled: [] }>();
  const begun = once(service, 'begun');
  const cancelled = once(service, 'cancelled');
  const client = await serve({
    execute: (call) => {
      call.on('cancelled', () => service.emit('cancelled'));
      service.emit('begun');
    },
  });
  const abort = new AbortController();
  const answer = client.execute('{}', {}, { signal: abort.signal });
  const failure = expect(answer).rejects.toMatchObject({ code: 'session.cancelled' });
  await begun;
  abort.abort();
  await failure;
  await cancelled;
});
