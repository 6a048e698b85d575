import { randomBytes } from 'node:crypto';
import * as grpc from '@grpc/grpc-js';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { failureOf, WireClient } from '../harness/client.js';
import { startTestService, type TestService } from '../harness/service.js';

const VARIABLE = 'REMOTEMEDIA_TEST_TOKENS';
const TOKEN = randomBytes(24).toString('base64url');

let running: TestService;

beforeEach(() => {
  vi.stubEnv(VARIABLE, `${TOKEN}\n`);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await running.close();
});

function check(): Promise<grpc.StatusObject> {
  const client = new grpc.Client(running.address, grpc.credentials.createInsecure());
  const asIs = (bytes: Buffer): Buffer => bytes;
  return new Promise((resolve) => {
    // A request without a field asks for the service as a whole.
    const call = client.makeUnaryRequest('/grpc.health.v1.Health/Check', asIs, asIs, Buffer.alloc(0), () => undefined);
    call.on('status', (status) => {
      client.close();
      resolve(status);
    });
  });
}

it('answers no probe without a token', async () => {
  running = await startTestService({ auth: { tokens_variable: VARIABLE } });
  expect((await check()).code).toBe(grpc.status.UNAUTHENTICATED);
});

it('answers probes where the settings say so, and nothing else', async () => {
  running = await startTestService({ auth: { tokens_variable: VARIABLE, health_without_token: true } });
  expect((await check()).code).toBe(grpc.status.OK);
  const client = new WireClient(running.address);
  expect(await failureOf(client.version())).toMatchObject({ code: 'auth.missing' });
  client.close();
});
