import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'node:tls';
import * as grpc from '@grpc/grpc-js';
import { RemoteMediaClient } from '@remotemedia/client';
import { isRemoteMediaError } from '@remotemedia/contract';
import { Authority } from '../../security/certificates.js';
import type { Row, Stage } from './row.js';

/** Long enough to see that nothing is reloaded which the other layer reloads at once. */
const PATIENCE_MS = 1000;
const LOOK_MS = 50;

export const VARIABLE = 'REMOTEMEDIA_CONFIG_TEST';
const TOKEN = randomBytes(24).toString('base64url');

const authority = new Authority('Config');

/** Files that the rows name. */
export async function writeAccessFiles(folder: string): Promise<void> {
  const { certificate, key } = authority.issue('one');
  process.env[VARIABLE] = TOKEN;
  await writeFile(join(folder, 'one.pem'), certificate);
  await writeFile(join(folder, 'key.pem'), key);
  await writeFile(join(folder, 'ca.pem'), authority.certificate);
  await writeFile(join(folder, 'changing.pem'), certificate + key);
  for (const name of ['tokens.toml', 'changing.toml']) {
    await writeFile(join(folder, name), `[[token]]\nname = "one"\ntoken = "${TOKEN}"\n`);
  }
}

/** Who may connect, and who may call. */
export const ACCESS_ROWS: readonly Row[] = [
  {
    setting: 'tls.certificate',
    beside: { 'tls.key': './key.pem' },
    observe: shownName,
    byDefault: 'config.invalid',
    inFile: ['./one.pem', 'one'],
    inManifest: null,
  },
  {
    setting: 'tls.key',
    beside: { 'tls.certificate': 'one.pem' },
    observe: shownName,
    byDefault: 'config.invalid',
    inFile: ['key.pem', 'one'],
    inManifest: null,
  },
  {
    setting: 'tls.client_ca',
    beside: { 'tls.certificate': 'one.pem', 'tls.key': 'key.pem' },
    observe: ({ service }) => callCode(service.address, { tls: { ca: authority.certificate } }),
    byDefault: 'ok',
    inFile: ['ca.pem', 'service.unreachable'],
    inManifest: null,
  },
  {
    setting: 'tls.reload_interval_secs',
    beside: { 'tls.certificate': 'changing.pem', 'tls.key': 'changing.pem' },
    observe: renewedCertificate,
    byDefault: false,
    inFile: [0.1, true],
    inManifest: null,
  },
  {
    setting: 'auth.tokens_file',
    observe: ({ service }) => callCode(service.address),
    byDefault: 'ok',
    inFile: ['tokens.toml', 'auth.missing'],
    inManifest: null,
  },
  {
    setting: 'auth.tokens_variable',
    observe: ({ service }) => callCode(service.address),
    byDefault: 'ok',
    inFile: [VARIABLE, 'auth.missing'],
    inManifest: null,
  },
  {
    setting: 'auth.health_without_token',
    beside: { 'auth.tokens_variable': VARIABLE },
    observe: healthStatus,
    byDefault: grpc.status.UNAUTHENTICATED,
    inFile: [true, grpc.status.OK],
    inManifest: null,
  },
  {
    setting: 'auth.reload_interval_secs',
    beside: { 'auth.tokens_file': 'changing.toml' },
    observe: renewedToken,
    byDefault: false,
    inFile: [0.1, true],
    inManifest: null,
  },
];

/** The name in the certificate that the service shows. */
async function shownName({ service }: Pick<Stage, 'service'>): Promise<string> {
  const { port } = service.service;
  const socket = connect({ port, host: '127.0.0.1', ca: authority.certificate, ALPNProtocols: ['h2'] });
  await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
  const { subject } = socket.getPeerCertificate();
  socket.destroy();
  return String(subject.CN);
}

/** Whether a new certificate is shown soon. */
async function renewedCertificate({ service, folder }: Stage): Promise<boolean> {
  const name = randomBytes(4).toString('hex');
  const { certificate, key } = authority.issue(name);
  await writeFile(join(folder, 'changing.pem'), certificate + key);
  return await soon(async () => (await shownName({ service })) === name);
}

/** Whether a new token is taken soon. */
async function renewedToken({ service, folder }: Stage): Promise<boolean> {
  const token = randomBytes(24).toString('base64url');
  await writeFile(join(folder, 'changing.toml'), `[[token]]\nname = "new"\ntoken = "${token}"\n`);
  return await soon(async () => (await callCode(service.address, { token })) === 'ok');
}

async function soon(happens: () => Promise<boolean>): Promise<boolean> {
  const endMs = performance.now() + PATIENCE_MS;
  while (performance.now() < endMs) {
    if (await happens()) return true;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return false;
}

async function callCode(address: string, options: ConstructorParameters<typeof RemoteMediaClient>[1] = {}) {
  const client = new RemoteMediaClient(address, options);
  try {
    await client.version();
    return 'ok';
  } catch (error) {
    if (isRemoteMediaError(error)) return error.code;
    throw error;
  } finally {
    client.close();
  }
}

function healthStatus({ service }: Stage): Promise<number> {
  const client = new grpc.Client(service.address, grpc.credentials.createInsecure());
  const asIs = (bytes: Buffer): Buffer => bytes;
  return new Promise((resolve) => {
    const call = client.makeUnaryRequest('/grpc.health.v1.Health/Check', asIs, asIs, Buffer.alloc(0), () => undefined);
    call.on('status', ({ code }) => {
      client.close();
      resolve(code);
    });
  });
}
