import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as grpc from '@grpc/grpc-js';
import { RemoteMediaClient } from '@remotemedia/client';
import type { RuntimeData } from '@remotemedia/contract';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { errorOf, WireClient } from '../harness/client.js';
import { chainOf } from '../harness/messages.js';
import { leftovers, NOTHING_LEFT, startTestService, type TestService } from '../harness/service.js';

const newToken = (): string => randomBytes(24).toString('base64url');

const GOOD = newToken();
const HASHED = newToken();
const OLD = newToken();
const WRONG = newToken();
const SECRETS = [GOOD, HASHED, OLD, WRONG];
const BEARER = (token: string): string => `Bearer ${token}`;

const TOKENS = `
[[token]]
name = "good"
token = "${GOOD}"
expires = 2999-01-01T00:00:00Z

[[token]]
name = "hashed"
sha256 = "${createHash('sha256').update(HASHED).digest('hex')}"

[[token]]
name = "old"
token = "${OLD}"
expires = 2020-01-01T00:00:00Z
`;

let folder: string;
let tokensFile: string;
let running: TestService;
/** Paths of all methods of all services that the server was given, so that whatever is added is tested too. */
let methods: readonly string[];

async function start(auth: Readonly<Record<string, unknown>> = {}): Promise<void> {
  const added = vi.spyOn(grpc.Server.prototype, 'addService');
  running = await startTestService({ auth: { tokens_file: tokensFile, reload_interval_secs: 0.05, ...auth } });
  methods = added.mock.calls.flatMap(([service]) => Object.values(service).map(({ path }) => path));
  added.mockRestore();
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rm-tokens-'));
  tokensFile = join(folder, 'tokens.toml');
  await writeFile(tokensFile, TOKENS);
  await start();
});

afterAll(async () => {
  expect(await leftovers(running)).toEqual(NOTHING_LEFT);
  await running.close();
  await rm(folder, { recursive: true, force: true });
});

/** How a call ends that begins as any client's may: on the wire, all kinds of methods begin like a stream. */
function endOf(path: string, authorization: string | null, client: grpc.Client): Promise<grpc.StatusObject> {
  const metadata = new grpc.Metadata();
  if (authorization !== null) metadata.set('authorization', authorization);
  const asIs = (bytes: Buffer): Buffer => bytes;
  const call = client.makeBidiStreamRequest(path, asIs, asIs, metadata, { deadline: Date.now() + 5000 });
  // A watch of health never ends by itself.
  call.on('data', () => {
    if (path.endsWith('/Watch')) call.cancel();
  });
  call.on('error', () => undefined);
  call.write(Buffer.alloc(0));
  call.end();
  return new Promise((resolve) => {
    call.on('status', resolve);
  });
}

async function withClient<T>(use: (client: grpc.Client) => Promise<T>): Promise<T> {
  const client = new grpc.Client(running.address, grpc.credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
  });
  try {
    return await use(client);
  } finally {
    client.close();
  }
}

/** The error of each method's call. */
async function refusals(authorization: string | null) {
  return await withClient(async (client) => {
    const ends = await Promise.all(methods.map((path) => endOf(path, authorization, client)));
    return ends.map((status) => ({ status: status.code, error: errorOf(status) }));
  });
}

describe('every method of every service', () => {
  it('is there to be tested', () => {
    expect(methods).toEqual(
      expect.arrayContaining([
        '/remotemedia.v1.PipelineExecutionService/ExecutePipeline',
        '/remotemedia.v1.PipelineExecutionService/GetVersion',
        '/remotemedia.v1.StreamingPipelineService/StreamPipeline',
        '/grpc.health.v1.Health/Check',
        '/grpc.health.v1.Health/Watch',
        '/grpc.health.v1.Health/List',
      ]),
    );
  });

  it.each([
    ['no token', null],
    ['an empty one', 'Bearer '],
    ['another scheme', `Basic ${GOOD}`],
    ['the token alone', GOOD],
    ['two of them', `Bearer ${GOOD} ${GOOD}`],
  ])('refuses %s', async (_, authorization) => {
    for (const { status, error } of await refusals(authorization)) {
      expect(status).toBe(grpc.status.UNAUTHENTICATED);
      expect(error.code).toBe('auth.missing');
      expect(error.hint).toContain('REMOTEMEDIA_TOKEN');
    }
  });

  it.each([
    ['a wrong token', BEARER(WRONG)],
    ['the beginning of a right one', BEARER(GOOD.slice(0, -1))],
    ['more than a right one', BEARER(`${GOOD}a`)],
    ['the hash of a right one', BEARER(createHash('sha256').update(GOOD).digest('hex'))],
  ])('refuses %s', async (_, authorization) => {
    for (const { status, error } of await refusals(authorization)) {
      expect(status).toBe(grpc.status.PERMISSION_DENIED);
      expect(error.code).toBe('auth.denied');
      expect(error.message).toBe('The token of the call is none that this service knows');
    }
  });

  it('refuses an expired token, and says so', async () => {
    for (const { status, error } of await refusals(BEARER(OLD))) {
      expect(status).toBe(grpc.status.PERMISSION_DENIED);
      expect(error.message).toBe("The token of the call ('old') has expired at 2020-01-01T00:00:00.000Z");
    }
  });

  it.each([
    ['a token', BEARER(GOOD)],
    ['one whose hash alone is known', BEARER(HASHED)],
    ['another spelling of the scheme', `bearer  ${GOOD}`],
  ])('takes %s', async (_, authorization) => {
    for (const { status } of await refusals(authorization)) {
      expect([grpc.status.UNAUTHENTICATED, grpc.status.PERMISSION_DENIED]).not.toContain(status);
    }
  });
});

describe('a client', () => {
  it('works with the token', async () => {
    const client = new RemoteMediaClient(running.address, { token: `${GOOD}\n` });
    const manifest = { version: 'v1', metadata: { name: 't' }, nodes: [{ id: 'a', node_type: 'PassThrough' }] };
    const textData = Buffer.from('hello');
    const data: RuntimeData = { kind: 'text', textData, encoding: '', language: '', channel: '', metadata: {} };
    const { outputs } = await client.execute(manifest, { a: data });
    expect(outputs.map((output) => output.data)).toMatchObject([{ textData: new Uint8Array(textData) }]);
    const stream = client.stream(manifest);
    await stream.send({ nodeId: 'a', data });
    stream.close();
    const results: unknown[] = [];
    for await (const event of stream) if (event.type === 'result') results.push(event.data);
    expect(results).toMatchObject([{ textData: new Uint8Array(textData) }]);
    client.close();
  });

  it('hears why it is refused', async () => {
    const client = new RemoteMediaClient(running.address, { token: WRONG });
    await expect(client.version()).rejects.toMatchObject({ code: 'auth.denied' });
    const stream = client.stream({ manifest: '{}' });
    await expect(stream[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'auth.denied' });
    client.close();
  });

  it('quotes no token that cannot be sent', () => {
    expect(() => new RemoteMediaClient(running.address, { token: `${GOOD}\u0007` })).toThrow(
      /^The token is empty, or has/,
    );
  });
});

describe('what is logged at debug', () => {
  it('says who was refused, and holds no token and no control character', async () => {
    await running.logged('[auth.denied] Call of /', ' from 127.0.0.1:');
    const log = running.log.join('');
    for (const secret of SECRETS) expect(log).not.toContain(secret);
    expect(log).not.toMatch(/bearer|authorization'?:/i);
    expect(log).not.toMatch(/[^\n\P{Cc}]/u);
  });

  it('is at most a line a second, whoever tries how often', async () => {
    const lines = (): number => running.log.filter((line) => line.includes('[auth.')).length;
    const before = lines();
    const startMs = performance.now();
    for (let round = 0; round < 20; round++) await refusals(null);
    expect(lines() - before).toBeLessThanOrEqual(1 + Math.ceil((performance.now() - startMs) / 1000));
  });
});

describe('the file', () => {
  afterEach(async () => {
    const renewed = running.logged('Tokens: read anew');
    await writeFile(tokensFile, `${TOKENS}# ${newToken()}\n`);
    await renewed;
  });

  const call = (token: string): Promise<grpc.StatusObject> =>
    withClient((client) => endOf('/remotemedia.v1.PipelineExecutionService/GetVersion', BEARER(token), client));

  it('counts as soon as it changes, while streams that have begun go on', async () => {
    const client = new WireClient(running.address);
    const metadata = new grpc.Metadata();
    metadata.set('authorization', BEARER(GOOD));
    const stream = client.stream({}, metadata).read();
    stream.send({ init: { manifest: chainOf({ a: 'PassThrough' }) } });
    await stream.response('ready');
    const next = newToken();
    running.log.length = 0;
    await writeFile(tokensFile, `[[token]]\nname = "next"\ntoken = "${next}"\n`);
    await running.logged('Tokens: read anew');
    expect((await call(next)).code).toBe(grpc.status.OK);
    expect((await call(GOOD)).code).toBe(grpc.status.PERMISSION_DENIED);
    stream.send({ data_chunk: { node_id: 'a', buffer: { text: { text_data: Buffer.from('on') } }, sequence: 1 } });
    await stream.response('result');
    stream.send({ control: { command: 'COMMAND_CLOSE' } });
    expect((await stream.ended).code).toBe(0);
    client.close();
    running.log.length = 0;
  });

  it('stays as it was when the new one is broken, and the log says why, once and without the token', async () => {
    const secret = newToken();
    running.log.length = 0;
    await writeFile(tokensFile, `[[token]]\nname = "broken"\ntoken = "${secret}\n`);
    const line = await running.logged('Tokens: the files have changed, but the new ones are not used');
    expect(line).toContain(`Tokens of ${tokensFile}: Neither one token nor valid TOML in line 3`);
    expect((await call(GOOD)).code).toBe(grpc.status.OK);
    await rm(tokensFile);
    await running.logged('auth.tokens_file cannot be read: ENOENT');
    expect((await call(GOOD)).code).toBe(grpc.status.OK);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(running.log.filter((each) => each.includes('not used'))).toHaveLength(2);
    expect(running.log.join('')).not.toContain(secret);
    running.log.length = 0;
  });
});
