import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { type ClientOptions, RemoteMediaClient } from '@remotemedia/client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestService, type TestService } from '../harness/service.js';
import { Authority, type Identity } from './certificates.js';

const ours = new Authority('Ours');
const theirs = new Authority('Theirs');
const first = ours.issue('first');
const second = ours.issue('second');
const client = ours.issue('client');
const stranger = theirs.issue('stranger');

let folder: string;
let running: TestService;
const file = (name: string): string => join(folder, name);

async function writeIdentity({ certificate, key }: Identity): Promise<void> {
  await writeFile(file('service.pem'), certificate);
  await writeFile(file('service-key.pem'), key);
}

async function start(clientCa: boolean): Promise<void> {
  running = await startTestService({
    tls: {
      certificate: file('service.pem'),
      key: file('service-key.pem'),
      ...(clientCa ? { client_ca: file('clients.pem') } : {}),
      reload_interval_secs: 0.05,
    },
  });
}

async function version(options: ClientOptions, address = running.address): Promise<string> {
  const remote = new RemoteMediaClient(address, options);
  try {
    return (await remote.version()).protocolVersion;
  } finally {
    remote.close();
  }
}

/** A connection as TLS alone makes it, and the name in the certificate of the service. */
async function handshake(
  identity: Partial<Identity> = {},
  session?: Buffer,
): Promise<{ socket: TLSSocket; shown: string }> {
  const { certificate, key } = identity;
  const socket = connectTls({
    port: running.service.port,
    host: '127.0.0.1',
    ca: ours.certificate,
    ALPNProtocols: ['h2'],
    ...(certificate === undefined ? {} : { cert: certificate }),
    ...(key === undefined ? {} : { key }),
    ...(session === undefined ? {} : { session }),
  });
  await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
  return { socket, shown: String(socket.getPeerCertificate().subject?.CN) };
}

async function shownNow(): Promise<string> {
  const { socket, shown } = await handshake();
  socket.destroy();
  return shown;
}

/** What comes of a connection whose client waits for the first frame of HTTP/2, which a server sends unasked. */
async function fate(socket: TLSSocket): Promise<'served' | 'refused'> {
  const outcome = await new Promise<'served' | 'refused'>((resolve) => {
    socket.once('data', () => resolve('served'));
    for (const event of ['error', 'close'] as const) socket.once(event, () => resolve('refused'));
  });
  socket.destroy();
  return outcome;
}

/** What a client keeps of a connection to begin the next one faster. */
async function sessionOf(identity: Identity): Promise<Buffer> {
  const { socket } = await handshake(identity);
  const session = await new Promise<Buffer>((resolve) => socket.once('session', resolve));
  socket.destroy();
  return session;
}

async function resumption(identity: Identity, session: Buffer): Promise<{ isReused: boolean; fate: string }> {
  const { socket } = await handshake(identity, session);
  const isReused = socket.isSessionReused();
  return { isReused, fate: await fate(socket) };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rm-tls-'));
});

beforeEach(async () => {
  await writeIdentity(first);
  await writeFile(file('clients.pem'), ours.certificate);
});

afterEach(() => running.close());
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('TLS', () => {
  beforeEach(() => start(false));

  it('serves whoever trusts its authority, and nobody without TLS', async () => {
    expect(await version({ tls: { ca: ours.certificate } })).toBe('v1');
    await expect(version({ tls: { ca: theirs.certificate } })).rejects.toMatchObject({
      code: 'service.unreachable',
      hint: expect.stringContaining('Check `tls` of the client against [tls] of the service'),
    });
    await expect(version({ tls: true })).rejects.toMatchObject({ code: 'service.unreachable' });
    await expect(version({})).rejects.toMatchObject({
      code: 'service.unreachable',
      hint: expect.stringContaining('whether both use TLS'),
    });
  });

  it('is checked by name, which may be another than the address', async () => {
    await writeIdentity(ours.issue('named', { names: ['media.example'] }));
    await running.logged('TLS certificate: read anew');
    const ca = ours.certificate;
    await expect(version({ tls: { ca } })).rejects.toMatchObject({ code: 'service.unreachable' });
    expect(await version({ tls: { ca, serverName: 'media.example' } })).toBe('v1');
  });

  it('takes a new certificate for new connections, while those that are there go on', async () => {
    const old = new RemoteMediaClient(running.address, { tls: { ca: ours.certificate } });
    const manifest = { version: 'v1', metadata: { name: 't' }, nodes: [{ id: 'a', node_type: 'PassThrough' }] };
    const stream = old.stream(manifest);
    await running.event(({ type }) => type === 'session.started');
    expect(await shownNow()).toBe('first');
    await writeIdentity(second);
    await running.logged('TLS certificate: read anew');
    expect(await shownNow()).toBe('second');
    stream.close();
    const last: unknown[] = [];
    for await (const event of stream) last.push(event.type);
    expect(last).toContain('closed');
    old.close();
  });

  it('keeps the old certificate when the new files are broken, and the log says why, without the key', async () => {
    const broken: readonly (readonly [name: string, content: string, reason: string])[] = [
      ['service-key.pem', second.key, 'tls.key is not the key of the certificate in tls.certificate'],
      ['service-key.pem', second.key.slice(0, 400), 'tls.key has no private key in PEM form'],
      ['service-key.pem', '', 'tls.key has no private key in PEM form'],
      ['service.pem', 'nothing', 'tls.certificate has no certificate in PEM form'],
      [
        'service.pem',
        first.certificate.replace(/\nMII/, '\nAAA'),
        'tls.certificate cannot be read: certificate 1 of 1',
      ],
    ];
    for (const [name, content, reason] of broken) {
      running.log.length = 0;
      await writeIdentity(first);
      await writeFile(file(name), content);
      await running.logged('TLS certificate: the files have changed, but the new ones are not used', reason);
      expect(await shownNow()).toBe('first');
    }
    await rm(file('service.pem'));
    await running.logged('tls.certificate cannot be read: ENOENT');
    expect(await shownNow()).toBe('first');
    await writeIdentity(second);
    await running.logged('TLS certificate: read anew');
    expect(await shownNow()).toBe('second');
    const secret = second.key.split('\n')[3] ?? '';
    expect(secret).toHaveLength(64);
    expect(running.log.join('')).not.toContain(secret);
  });

  it('says how long its certificate is good', async () => {
    await running.logged('TLS: certificate of CN=first, valid until ');
    await writeIdentity(ours.issue('late', { notAfter: new Date(Date.now() - 1000) }));
    await running.logged('[WARN] TLS: the certificate has expired');
  });
});

describe('mutual TLS', () => {
  beforeEach(() => start(true));

  it('serves whoever has a certificate of its authority', async () => {
    expect(await version({ tls: { ca: ours.certificate, ...client } })).toBe('v1');
    expect(await fate((await handshake(client)).socket)).toBe('served');
  });

  it.each([
    ['no certificate', {}],
    ['one that somebody else has signed', stranger],
    ['one that has expired', ours.issue('late', { notAfter: new Date(Date.now() - 1000) })],
  ])('lets a client with %s no further than the handshake', async (_, identity) => {
    const tls = { ca: ours.certificate, ...identity };
    await expect(version({ tls })).rejects.toMatchObject({ code: 'service.unreachable' });
    expect(await fate((await handshake(identity)).socket)).toBe('refused');
  });

  it('resumes no session that an authority has begun which counts no more', async () => {
    const session = await sessionOf(client);
    expect(await resumption(client, session)).toEqual({ isReused: true, fate: 'served' });
    await writeFile(file('clients.pem'), theirs.certificate);
    await running.logged('TLS certificate: read anew');
    expect(await resumption(client, session)).toEqual({ isReused: false, fate: 'refused' });
  });

  it('takes new authorities for new connections', async () => {
    await writeFile(file('clients.pem'), theirs.certificate);
    await running.logged('TLS certificate: read anew');
    expect(await fate((await handshake(stranger)).socket)).toBe('served');
    expect(await fate((await handshake(client)).socket)).toBe('refused');
  });

  it('bears with a client that says nothing of the kind', async () => {
    const socket = connectTcp(running.service.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write('GET / HTTP/1.1\r\n\r\n');
    await new Promise((resolve) => socket.once('close', resolve));
    expect(await version({ tls: { ca: ours.certificate, ...client } })).toBe('v1');
  });
});
