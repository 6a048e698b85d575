import { readdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import type { RemoteMediaError } from '@remotemedia/contract';
import { afterEach, expect, it } from 'vitest';
import { failureOf, type Message, WireClient, type WireStream } from '../harness/client.js';
import { audioOf, chainOf } from '../harness/messages.js';
import { ServiceProcess } from '../harness/service-process.js';

const KIB = 1024;
const IDS = ['a', 'b', 'c'];

let service: ServiceProcess;
let client: WireClient;

afterEach(async () => {
  client.close();
  await service.dispose();
});

async function start(descriptors: number): Promise<void> {
  service = await ServiceProcess.start({ descriptors });
  client = new WireClient(service.address);
}

/** Three Python processes in a line, and six connections. */
const chain = (): Message => chainOf(Object.fromEntries(IDS.map((id) => [id, 'EchoNode'])));

async function open(): Promise<WireStream> {
  const stream = client.stream().read();
  stream.send({ init: { manifest: chain() } });
  await stream.response('ready');
  return stream;
}

/** Opens sessions until one is refused. */
async function fill(): Promise<{ streams: WireStream[]; refusal: RemoteMediaError }> {
  const streams: WireStream[] = [];
  for (;;) {
    try {
      streams.push(await open());
    } catch (error) {
      return { streams, refusal: error as RemoteMediaError };
    }
  }
}

/** Sends messages for both lanes of every connection, the large one growing, and takes what comes back. */
async function useAll(stream: WireStream): Promise<void> {
  let sequence = 0;
  for (const bytes of [10, 128 * KIB, 1024 * KIB, 4096 * KIB]) {
    for (const id of IDS) {
      sequence += 1;
      const wanted = sequence;
      const buffer = { binary: { data: Buffer.alloc(bytes, sequence) } };
      stream.send({ data_chunk: { node_id: id, buffer, sequence } });
      await stream.message(({ result }) => (result as Message | undefined)?.['sequence'] === wanted);
    }
  }
}

async function close(stream: WireStream): Promise<void> {
  stream.send({ control: { command: 'COMMAND_CLOSE' } });
  expect((await stream.ended).code).toBe(0);
}

it('under `ulimit -n 256` takes the sessions that fit, refuses the one that does not, and never runs out', async () => {
  await start(256);
  for (let round = 0; round < 2; round += 1) {
    const { streams, refusal } = await fill();
    expect(streams).toHaveLength(2);
    expect(refusal).toMatchObject({ code: 'limit.file_descriptors', details: { allowed: 256, setting: 'ulimit -n' } });
    expect(refusal.details.asked).toBeGreaterThan(256);
    // One of these fits when three Python processes do not.
    expect(
      await client.execute({ manifest: chainOf({ a: 'EchoNode' }), data_inputs: { a: audioOf(5) } }),
    ).toMatchObject({
      status: 'SUCCESS',
    });
    for (const stream of streams) {
      stream.send({ data_chunk: { node_id: 'a', buffer: audioOf(160), sequence: 1 } });
      await stream.response('result');
    }
    for (const stream of streams) await close(stream);
  }
  expect(service.nodesAlive).toEqual([]);
  expect(service.stderr).not.toMatch(/EMFILE|Too many open files/);
  service.kill('SIGTERM');
  expect(await service.ended).toEqual({ code: 0, signal: null });
  expect(service.traces).toEqual([]);
});

it('refuses before anything is spawned what could never run, however many are free', async () => {
  await start(200);
  const many = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`n${index}`, 'EchoNode']));
  const stream = client.stream().read();
  stream.send({ init: { manifest: chainOf(many) } });
  const details = { allowed: 200, setting: 'ulimit -n' };
  expect(await stream.ended).toMatchObject({ code: 8, error: { code: 'limit.file_descriptors', details } });
  expect(service.nodePids).toEqual([]);
  expect(await client.execute({ manifest: chainOf({ a: 'PassThrough' }) })).toMatchObject({ status: 'SUCCESS' });
});

it('a session and its processes hold no more than was counted, with every connection in full use', async () => {
  await start(4096);
  const before = service.descriptors;
  const streams = [await open(), await open()];
  for (const stream of streams) await useAll(stream);
  // The budget of such a session: budget.test.ts.
  expect(service.descriptors - before).toBeLessThanOrEqual(2 * 71 + 1);
  expect(service.descriptors - before).toBeGreaterThan(2 * 71 * 0.7);
  const children = service.nodesAlive.map((pid) => readdirSync(`/proc/${pid}/fd`).length);
  expect(children).toHaveLength(6);
  expect(Math.max(...children)).toBeLessThanOrEqual(68);
  expect(Math.max(...children)).toBeGreaterThan(68 * 0.6);
  for (const stream of streams) await close(stream);
  expect(service.descriptors).toBeLessThanOrEqual(before + 1);
});

/** Resolves when the service has let it in, which greets it, or has sent it away. */
function visit(address: string): Promise<Socket> {
  const [host = '', port] = address.split(':');
  const socket = connect(Number(port), host);
  socket.on('error', () => undefined);
  return new Promise((resolve) => {
    socket.once('data', () => resolve(socket));
    socket.once('close', () => resolve(socket));
  });
}

function leave(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) return resolve();
    socket.once('close', () => resolve());
    socket.end();
  });
}

it('clients that only connect can take the place of sessions, but not bring down what runs', async () => {
  await start(256);
  const stream = await open();
  // Each kind of call has a connection of its own.
  await client.version();
  const visitors = await Promise.all(Array.from({ length: 300 }, () => visit(service.address)));
  expect(visitors.filter(({ closed }) => closed).length).toBeGreaterThan(0);
  const small = { manifest: chainOf({ a: 'EchoNode' }), data_inputs: { a: audioOf(5) } };
  expect(await failureOf(client.execute(small))).toMatchObject({ code: 'limit.file_descriptors', status: 8 });
  stream.send({ data_chunk: { node_id: 'a', buffer: audioOf(160), sequence: 1 } });
  await stream.response('result');
  await Promise.all(visitors.map(leave));
  expect(await client.execute(small)).toMatchObject({ status: 'SUCCESS' });
  await close(stream);
});
