import * as grpc from '@grpc/grpc-js';
import { createLogger } from '@remotemedia/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROTO, WireClient } from '../harness/client.js';
import { chainOf, textOf } from '../harness/messages.js';
import { startTestService, type TestService } from '../harness/service.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

/** A client that puts names of its own on every call, as a proxy or a tracing library does. */
function namedClient(address: string, requestId: string): WireClient {
  const interceptor: grpc.Interceptor = (options, next) =>
    new grpc.InterceptingCall(next(options), {
      start: (metadata, listener, start) => {
        metadata.set('x-request-id', requestId);
        metadata.set('traceparent', `00-${TRACE}-${SPAN}-01`);
        start(metadata, listener);
      },
    });
  return new WireClient(address, PROTO, { interceptors: [interceptor] });
}

describe('x-request-id and traceparent', () => {
  let running: TestService;
  let written: string[];

  beforeAll(async () => {
    written = [];
    const writer = { write: (line: string) => written.push(line) };
    running = await startTestService({}, { logger: createLogger({ level: 'debug', format: 'json', writer }) });
  });

  afterAll(async () => {
    await running.close();
  });

  const lines = () => written.map((line) => JSON.parse(line) as Record<string, unknown>);
  const linesOf = (requestId: string) => lines().filter((line) => line['request_id'] === requestId);

  it('are on every line of the session of a unary call, those of its node processes included', async () => {
    const client = namedClient(running.address, 'unary-1');
    const manifest = chainOf({ print: ['PrintMegabytesNode', { megabytes: 0 }], echo: 'EchoNode' });
    await client.execute({ manifest, data_inputs: { print: textOf('x') } });
    client.close();
    const named = linesOf('unary-1');
    const [session] = named.map((line) => line['session']);
    expect(session).toMatch(/^sess_/);
    expect(lines().filter((line) => line['session'] === session)).toEqual(named);
    for (const line of named) expect(line).toMatchObject({ trace_id: TRACE, span_id: SPAN, session });
    expect(named.map(({ msg }) => msg)).toEqual(
      expect.arrayContaining([
        'Spawning process for node echo',
        'All nodes initialized',
        expect.stringMatching(/^Process \d+ \(echo\) terminated/),
        'Terminated',
      ]),
    );
  });

  it('are on the lines of a stream, its failure included', async () => {
    const client = namedClient(running.address, 'stream-1');
    const stream = client.stream().read();
    stream.send({ init: { manifest: chainOf({ bad: 'RaiseInProcessNode' }) } });
    stream.send({ data_chunk: { node_id: 'bad', buffer: textOf('x'), sequence: 1 } });
    expect((await stream.ended).code).toBe(10);
    client.close();
    expect(linesOf('stream-1')).toContainEqual(
      expect.objectContaining({ level: 'error', code: 'node.failed', trace_id: TRACE }),
    );
  });

  it('are on the line of a call that is refused before it has a session', async () => {
    const client = namedClient(running.address, 'refused-1');
    await expect(client.execute({ manifest: chainOf({ a: 'NoSuchNode' }) })).rejects.toMatchObject({ code: 3 });
    const stream = client.stream().read();
    stream.send({ control: { command: 'COMMAND_CLOSE' } });
    await stream.ended;
    client.close();
    expect(linesOf('refused-1')).toMatchObject([
      { code: 'manifest.unknown_node_type', msg: expect.stringMatching(/^ExecutePipeline refused: .*NoSuchNode/) },
      { code: 'stream.init_required', msg: expect.stringMatching(/^StreamPipeline refused: /) },
    ]);
  });

  it('are on no line of anyone else', async () => {
    const before = written.length;
    const client = new WireClient(running.address);
    await client.execute({ manifest: chainOf({ a: 'PassThrough' }) });
    client.close();
    const after = written.slice(before).join('');
    expect(after).toContain('All nodes initialized');
    expect(after).not.toContain('request_id');
  });
});
