import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as grpc from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { WireClient, type WireStream } from '../harness/client.js';
import { chainOf, type Nodes } from '../harness/messages.js';
import { leftovers, NOTHING_LEFT, startTestService, type TestService } from '../harness/service.js';

const FEW = randomBytes(24).toString('base64url');
const MANY = randomBytes(24).toString('base64url');

let folder: string;
let running: TestService;
let client: WireClient;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rm-token-limits-'));
  const tokens = `
[[token]]
name = "few"
token = "${FEW}"
max_sessions = 2
max_processes = 2

[[token]]
name = "many"
token = "${MANY}"
`;
  await writeFile(join(folder, 'tokens.toml'), tokens);
  running = await startTestService({ auth: { tokens_file: join(folder, 'tokens.toml') } });
  client = new WireClient(running.address);
});

afterAll(async () => {
  client.close();
  expect(await leftovers(running)).toEqual(NOTHING_LEFT);
  await running.close();
  await rm(folder, { recursive: true, force: true });
});

function open(token: string, nodes: Nodes): WireStream {
  const metadata = new grpc.Metadata();
  metadata.set('authorization', `Bearer ${token}`);
  const stream = client.stream({}, metadata).read();
  stream.send({ init: { manifest: chainOf(nodes) } });
  return stream;
}

async function close(stream: WireStream): Promise<void> {
  stream.send({ control: { command: 'COMMAND_CLOSE' } });
  expect((await stream.ended).code).toBe(0);
}

it('holds the sessions of one token below its limit, and counts them again when they end', async () => {
  const held = [open(FEW, { a: 'PassThrough' }), open(FEW, { a: 'PassThrough' })];
  for (const stream of held) await stream.response('ready');
  const { code, error } = await open(FEW, { a: 'PassThrough' }).ended;
  expect(code).toBe(grpc.status.RESOURCE_EXHAUSTED);
  expect(error).toMatchObject({
    code: 'limit.sessions',
    message: "Token 'few' would have 3 sessions at the same time; its max_sessions allows 2",
    details: { asked: 3, allowed: 2, setting: 'max_sessions' },
  });
  const other = open(MANY, { a: 'PassThrough' });
  await other.response('ready');
  for (const stream of [...held, other]) await close(stream);
  const again = open(FEW, { a: 'PassThrough' });
  await again.response('ready');
  await close(again);
});

it('counts a session that its client has left until nothing of it is there', async () => {
  const left = [open(FEW, { a: 'PassThrough' }), open(FEW, { a: 'PassThrough' })];
  for (const stream of left) {
    await stream.response('ready');
    stream.call.cancel();
  }
  await vi.waitFor(() => expect(running.service.sessions).toEqual([]));
  const again = open(FEW, { a: 'PassThrough' });
  await again.response('ready');
  await close(again);
});

it('holds their Python processes below its limit', async () => {
  const held = open(FEW, { a: 'EchoNode', b: 'EchoNode' });
  await held.response('ready');
  const { code, error } = await open(FEW, { a: 'EchoNode' }).ended;
  expect(code).toBe(grpc.status.RESOURCE_EXHAUSTED);
  expect(error).toMatchObject({
    code: 'limit.processes',
    message: "The sessions of token 'few' would have 3 Python processes at the same time; its max_processes allows 2",
    details: { asked: 3, allowed: 2, setting: 'max_processes' },
  });
  await close(held);
});
