import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FIXTURE_NODES, startTestService, type TestService } from '../harness/service.js';
import { GoClient } from './go-client.js';

const probe = new GoClient('grpc-health-probe');
const BROKEN = fileURLToPath(new URL('../fixtures/nodes/import-error', import.meta.url));
/** What the probe ends with when the service answers with another status, and when the call fails. */
const UNHEALTHY = 4;
const RPC_FAILURE = 3;

describe.skipIf(probe.whyNot !== null)('grpc-health-probe', () => {
  let running: TestService;

  beforeAll(async () => {
    running = await startTestService({ multiprocess: { python: { extra_paths: [FIXTURE_NODES, BROKEN] } } });
  });

  afterAll(async () => {
    await running.close();
  });

  const ask = async (...args: string[]) => {
    const { code, stdout, stderr } = await probe.run([`-addr=${running.address}`, ...args]);
    return { code, text: stdout + stderr };
  };

  it('finds the service healthy', async () => {
    expect(await ask()).toMatchObject({ code: 0, text: expect.stringContaining('SERVING') });
  });

  it.each(['EchoNode', 'PassThrough', 'remotemedia.v1.StreamingPipelineService'])('finds %s healthy', async (name) => {
    expect(await ask(`-service=${name}`)).toMatchObject({ code: 0 });
  });

  it('finds what a module that cannot be imported would have brought unhealthy', async () => {
    const { code, text } = await ask('-service=needs_missing_module');
    expect(code).toBe(UNHEALTHY);
    expect(text).toContain('NOT_SERVING');
  });

  it('knows nothing of a type that nobody has', async () => {
    expect(await ask('-service=NoSuchNode')).toMatchObject({ code: RPC_FAILURE });
  });
});
