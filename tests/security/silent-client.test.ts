import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect as connectTcp, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestService, type TestService } from '../harness/service.js';
import { Authority } from './certificates.js';

/** A second for the client to let go, and what a busy machine adds. */
const CLOSE_MS = 4000;

const authority = new Authority('Ours');
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rm-silent-'));
  const { certificate, key } = authority.issue('service');
  await writeFile(join(folder, 'service.pem'), certificate);
  await writeFile(join(folder, 'key.pem'), key);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** Closes a service to which a client is connected that reads nothing and says nothing. */
async function closeWith(running: TestService, client: Socket, connected: string): Promise<number> {
  client.on('error', () => undefined);
  await once(client, connected);
  const startMs = performance.now();
  await running.close();
  client.destroy();
  return performance.now() - startMs;
}

const withTls = (): Promise<TestService> =>
  startTestService({ tls: { certificate: join(folder, 'service.pem'), key: join(folder, 'key.pem') } });

describe('a client that says nothing does not keep a service from closing', () => {
  it('without TLS', async () => {
    const running = await startTestService();
    const client = connectTcp(running.service.port, '127.0.0.1');
    expect(await closeWith(running, client, 'connect')).toBeLessThan(CLOSE_MS);
  });

  it('before the handshake of TLS', async () => {
    const running = await withTls();
    const client = connectTcp(running.service.port, '127.0.0.1');
    expect(await closeWith(running, client, 'connect')).toBeLessThan(CLOSE_MS);
  });

  it('after it', async () => {
    const running = await withTls();
    const { port } = running.service;
    const client = connectTls({ port, host: '127.0.0.1', ca: authority.certificate, ALPNProtocols: ['h2'] });
    expect(await closeWith(running, client, 'secureConnect')).toBeLessThan(CLOSE_MS);
  });
});
