import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestService, type TestService } from '../harness/service.js';
import { HealthClient } from './health.js';

let running: TestService;
let health: HealthClient;

beforeAll(async () => {
  const broken = fileURLToPath(new URL('../fixtures/nodes/import-error', import.meta.url));
  const whole = fileURLToPath(new URL('../fixtures/nodes', import.meta.url));
  running = await startTestService({ multiprocess: { python: { extra_paths: [whole, broken] } } });
  health = new HealthClient(running.address);
});

afterAll(async () => {
  health.close();
  await running.close();
});

describe('grpc.health.v1.Health', () => {
  it('knows the service, its gRPC services, and every node type', async () => {
    const names = ['remotemedia.v1.PipelineExecutionService', 'remotemedia.v1.StreamingPipelineService'];
    for (const name of ['', ...names, ...running.service.nodeTypes]) {
      expect([name, await health.check(name)]).toEqual([name, 'SERVING']);
    }
    expect(running.service.nodeTypes).toEqual(expect.arrayContaining(['PassThrough', 'EchoNode']));
  });

  it('says of a module that could not be imported that its nodes cannot be used', async () => {
    expect(await health.check('needs_missing_module')).toBe('NOT_SERVING');
  });

  it('knows nothing else, and a watch of it goes on', async () => {
    await expect(health.check('NoSuchNode')).rejects.toMatchObject({ code: 5 });
    const watch = health.watch('NoSuchNode');
    await watch.told('SERVICE_UNKNOWN');
    watch.call.cancel();
    expect(await watch.ended).toBe(1);
  });
});
