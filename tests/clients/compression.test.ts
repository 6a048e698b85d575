import { type ClientHttp2Stream, connect, type IncomingHttpHeaders } from 'node:http2';
import { gunzipSync, gzipSync } from 'node:zlib';
import { compressionAlgorithms } from '@grpc/grpc-js';
import { decodeMessage, encodeMessage, wire } from '@remotemedia/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Message, WireClient } from '../harness/client.js';
import { chainOf, outputOf, textOf } from '../harness/messages.js';
import { leftovers, NOTHING_LEFT, startTestService, type TestService } from '../harness/service.js';

const TEXT = 'the same words again and again. '.repeat(10_000);

let running: TestService;

beforeAll(async () => {
  running = await startTestService({ limits: { max_message_bytes: 4 * 1024 * 1024 } });
});

afterAll(async () => {
  await running.close();
});

function textIn(result: Message, nodeId: string): string {
  const { text } = outputOf(result, nodeId) as { text: { text_data: Buffer } };
  return text.text_data.toString();
}

describe('grpc-js with gzip', () => {
  let client: WireClient;
  beforeAll(() => {
    const options = { 'grpc.default_compression_algorithm': compressionAlgorithms.gzip };
    client = new WireClient(running.address, undefined, options);
  });
  afterAll(() => client.close());

  it('gets its text back from a unary call', async () => {
    const response = await client.execute({ manifest: chainOf({ a: 'EchoNode' }), data_inputs: { a: textOf(TEXT) } });
    expect(textIn(response['result'] as Message, 'a')).toBe(TEXT);
  });

  it('gets every chunk back from a stream, in order', async () => {
    const stream = client.stream().read();
    stream.send({ init: { manifest: chainOf({ a: 'EchoNode' }) } });
    await stream.response('ready');
    for (let sequence = 1; sequence <= 50; sequence += 1) {
      stream.send({ data_chunk: { node_id: 'a', buffer: textOf(`${sequence} ${TEXT}`), sequence } });
    }
    stream.send({ control: { command: 'COMMAND_CLOSE' } });
    expect((await stream.ended).code).toBe(0);
    const texts = stream.all('result').map((result) => textIn(result, 'a'));
    expect(texts).toEqual(Array.from({ length: 50 }, (_, index) => `${index + 1} ${TEXT}`));
    expect(await leftovers(running)).toEqual(NOTHING_LEFT);
  });

  it('gets the error and then the status of a stream that fails while an answer is compressed', async () => {
    const stream = client.stream().read();
    stream.send({ init: { manifest: chainOf({ bad: ['LongTracebackNode', { kib: 64 }] }) } });
    stream.send({ data_chunk: { node_id: 'bad', buffer: textOf('x'), sequence: 1 } });
    const { stack_trace: trace } = await stream.response('error');
    expect(String(trace).length).toBeGreaterThan(64 * 1024);
    expect(await stream.ended).toMatchObject({ code: 10, error: { code: 'node.failed' } });
  });

  it('is refused what is too large once it is decompressed', async () => {
    const data = { manifest: chainOf({ a: 'PassThrough' }), data_inputs: { a: textOf('x'.repeat(5 * 1024 * 1024)) } };
    const failure = await client.execute(data).then(
      () => null,
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ code: 8, details: expect.stringContaining('limits.max_message_bytes') });
  });
});

describe('bytes on the wire', () => {
  interface Exchange {
    readonly headers: IncomingHttpHeaders;
    readonly flag: number;
    readonly message: Buffer;
  }

  /** One unary call on bare HTTP/2. */
  async function exchange(encoding: 'gzip' | 'identity'): Promise<Exchange> {
    const session = connect(`http://${running.address}`);
    try {
      const stream = session.request({
        ':method': 'POST',
        ':path': '/remotemedia.v1.PipelineExecutionService/ExecutePipeline',
        'content-type': 'application/grpc',
        'grpc-encoding': encoding,
        'grpc-accept-encoding': 'gzip',
        te: 'trailers',
      });
      stream.end(frameOf(requestBytes(), encoding));
      const headers = await headersOf(stream);
      const parts: Buffer[] = [];
      for await (const part of stream) parts.push(part as Buffer);
      const all = Buffer.concat(parts);
      return { headers, flag: all.readUInt8(0), message: all.subarray(5, 5 + all.readUInt32BE(1)) };
    } finally {
      session.close();
    }
  }

  it('are compressed for a client that compresses', async () => {
    const { headers, flag, message } = await exchange('gzip');
    expect({ encoding: headers['grpc-encoding'], flag }).toEqual({ encoding: 'gzip', flag: 1 });
    expect(message.byteLength).toBeLessThan(TEXT.length / 10);
    expect(decodeMessage(wire.ExecuteResponse, gunzipSync(message)).status).toBe('SUCCESS');
  });

  it('are not for any other', async () => {
    const { headers, flag, message } = await exchange('identity');
    expect({ encoding: headers['grpc-encoding'], flag }).toEqual({ encoding: 'identity', flag: 0 });
    expect(decodeMessage(wire.ExecuteResponse, message).status).toBe('SUCCESS');
  });
});

function requestBytes(): Uint8Array {
  const nodes = [{ id: 'a', node_type: 'PassThrough' }];
  const value = { textData: Buffer.from(TEXT), encoding: 'utf-8', language: '', channel: '' };
  const buffer = { dataType: { $case: 'text' as const, value }, metadata: new Map() };
  const request = wire.ExecuteRequest.fromPartial({ manifestJson: JSON.stringify({ version: 'v1', nodes }) });
  return encodeMessage(wire.ExecuteRequest, { ...request, dataInputs: new Map([['a', buffer]]) });
}

function frameOf(message: Uint8Array, encoding: 'gzip' | 'identity'): Buffer {
  const body = encoding === 'gzip' ? gzipSync(message) : message;
  const head = Buffer.alloc(5);
  head.writeUInt8(encoding === 'gzip' ? 1 : 0, 0);
  head.writeUInt32BE(body.byteLength, 1);
  return Buffer.concat([head, body]);
}

function headersOf(stream: ClientHttp2Stream): Promise<IncomingHttpHeaders> {
  return new Promise((resolve, reject) => {
    stream.on('response', resolve);
    stream.on('error', reject);
  });
}
