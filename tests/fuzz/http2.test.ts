import { deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { executeRequest } from './execute-requests.js';
import { randomBytes } from './hostile-values.js';
import { mutateBytes } from './mutate-bytes.js';
import { bytesField } from './proto-bytes.js';
import { framed, Http2Client, type HttpEnd, throwBytes } from './raw-http2.js';
import { casesOf } from './settings.js';
import { hasControlCharacters } from './verdict.js';
import { WatchedService } from './watched-service.js';

const INVALID_ARGUMENT = 3;
const RESOURCE_EXHAUSTED = 8;
/** Also what gRPC wants for a unary call without exactly one message. */
const UNIMPLEMENTED = 12;

const GOOD = bytesField(105, JSON.stringify({ version: 'v1', nodes: [{ id: 'a', node_type: 'PassThrough' }] }));
const MIB = 1024 * 1024;

let service: WatchedService;
let client: Http2Client;

beforeAll(async () => {
  service = await WatchedService.start({}, { keepalive: { intervalMs: 1000, timeoutMs: 1000 } });
  client = new Http2Client(service.address);
});

afterAll(async () => {
  client.close();
  await service.close();
});

describe('a request that is wrong below its message', () => {
  const cases: { name: string; body: Buffer[]; headers?: Record<string, string>; status: number }[] = [
    { name: 'good', body: [framed(GOOD)], status: 0 },
    { name: 'empty', body: [framed(Buffer.alloc(0))], status: INVALID_ARGUMENT },
    {
      name: 'compressed and good',
      body: [framed(gzipSync(GOOD), { compressed: 1 })],
      headers: { 'grpc-encoding': 'gzip' },
      status: 0,
    },
    {
      name: 'garbage for gzip',
      body: [framed(GOOD, { compressed: 1 })],
      headers: { 'grpc-encoding': 'gzip' },
      status: INVALID_ARGUMENT,
    },
    {
      name: 'garbage for deflate',
      body: [framed(GOOD, { compressed: 1 })],
      headers: { 'grpc-encoding': 'deflate' },
      status: INVALID_ARGUMENT,
    },
    {
      name: 'half of a gzip',
      body: [framed(gzipSync(GOOD).subarray(0, 20), { compressed: 1 })],
      headers: { 'grpc-encoding': 'gzip' },
      status: INVALID_ARGUMENT,
    },
    {
      name: 'an encoding that nobody has',
      body: [framed(GOOD, { compressed: 1 })],
      headers: { 'grpc-encoding': 'br' },
      status: UNIMPLEMENTED,
    },
    {
      name: 'a zip bomb',
      body: [framed(gzipSync(Buffer.alloc(200 * MIB)), { compressed: 1 })],
      headers: { 'grpc-encoding': 'gzip' },
      status: RESOURCE_EXHAUSTED,
    },
    {
      name: 'a deflate bomb',
      body: [framed(deflateSync(Buffer.alloc(200 * MIB)), { compressed: 1 })],
      headers: { 'grpc-encoding': 'deflate' },
      status: RESOURCE_EXHAUSTED,
    },
    { name: 'a length of four gigabytes', body: [framed(GOOD, { length: 2 ** 32 - 1 })], status: RESOURCE_EXHAUSTED },
    {
      name: 'a deadline that is none',
      body: [framed(GOOD)],
      headers: { 'grpc-timeout': 'soon' },
      status: INVALID_ARGUMENT,
    },
    { name: 'a message that ends early', body: [framed(GOOD, { length: GOOD.length + 10 })], status: UNIMPLEMENTED },
    { name: 'no message', body: [], status: UNIMPLEMENTED },
    { name: 'half of a length', body: [Buffer.from([0, 0, 0])], status: UNIMPLEMENTED },
    { name: 'two messages', body: [framed(GOOD), framed(GOOD)], status: UNIMPLEMENTED },
  ];

  it.each(cases)('$name', async ({ body, headers, status }) => {
    const end = await client.call('execute', body, headers);
    expect(end).toMatchObject({ grpcStatus: status });
    expect(faultOf(end)).toBeNull();
  });
});

it('answers random frames in random headers, none with INTERNAL', { timeout: 600_000 }, async () => {
  const { count, draw } = casesOf('random frames', 10);
  const faults: string[] = [];
  const encodings = ['identity', 'gzip', 'deflate', 'br', ''];
  for (let index = 0; index < count; index++) {
    const chance = draw(index);
    const message = chance.chance(0.5) ? GOOD : executeRequest(chance).subarray(0, 100_000);
    const options = {
      compressed: chance.pick([0, 0, 1, 1, 2, 255]),
      length: chance.chance(0.8) ? message.length : chance.int(0, 200),
    };
    const frame = framed(message, options);
    const body = chance.chance(0.7) ? [frame] : [mutateBytes(frame, chance, framed(gzipSync(GOOD), { compressed: 1 }))];
    const headers = chance.chance(0.5) ? { 'grpc-encoding': chance.pick(encodings) } : {};
    const end = await client.call(chance.pick(['execute', 'stream'] as const), body, headers);
    const fault = faultOf(end);
    if (fault !== null) faults.push(`case ${index}: ${fault}`);
  }
  expect(faults.slice(0, 20)).toEqual([]);
});

it('survives random bytes on its port', { timeout: 600_000 }, async () => {
  const { count, draw } = casesOf('random bytes on the port', 4);
  const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  const settings = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);
  const throwOne = async (index: number): Promise<void> => {
    const chance = draw(index);
    const garbage = randomBytes(chance, chance.int(0, 300));
    const begin = chance.pick([
      Buffer.alloc(0),
      preface,
      Buffer.concat([preface, settings]),
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
    ]);
    await throwBytes(service.address, Buffer.concat([begin, http2Frame(chance.int(0, 12), garbage), garbage]));
  };
  // A connection that ends in the middle of a frame is closed by the next ping that it does not answer: all at a time, then.
  await Promise.all(Array.from({ length: count }, (_, index) => throwOne(index)));
});

/** A frame of HTTP/2 of any type, with anything in it. */
function http2Frame(type: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(payload[0] ?? 0, 4);
  head.writeUInt32BE(payload.length % 7, 5);
  return Buffer.concat([head, payload]);
}

function faultOf({ grpcStatus, message }: HttpEnd): string | null {
  if (grpcStatus === null || grpcStatus === 13 || grpcStatus === 2) return `status ${grpcStatus}: ${message}`;
  return message.length > 4096 || hasControlCharacters(message)
    ? `the message ${JSON.stringify(message).slice(0, 200)}`
    : null;
}
