import { setTimeout as pause } from 'node:timers/promises';
import { RemoteMediaClient } from '@remotemedia/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type CpuTime, cpuTimeOf } from './harness/cpu-time.js';
import { printFigures } from './harness/figures.js';
import { chain } from './harness/manifests.js';
import { ServiceProcess } from './harness/service-process.js';

const MEASURED_MS = 10_000;
/** Of one core, service and children together. */
const LIMIT = 0.01;

let service: ServiceProcess;
let client: RemoteMediaClient;

beforeAll(async () => {
  service = await ServiceProcess.start();
  client = new RemoteMediaClient(service.address);
});

afterAll(async () => {
  client.close();
  await service.stop();
});

it('a session with three Python nodes and nothing to do uses less than a hundredth of a core', async () => {
  const stream = client.stream({
    manifest: chain(['one', 'two', 'three'].map((id) => ({ id, node_type: 'PassOnNode' }))),
  });
  let before: CpuTime[] = [];
  let after: CpuTime[] = [];
  for await (const event of stream) {
    if (event.type !== 'ready') continue;
    const pids = [service.pid, ...(await service.nodePids(3))];
    before = await Promise.all(pids.map(cpuTimeOf));
    // The interval that is measured.
    await pause(MEASURED_MS);
    after = await Promise.all(pids.map(cpuTimeOf));
    stream.end();
  }
  const rescues = await service.rescues();
  const accounted = spent(before, after, 'accountedMs');
  const exact = spent(before, after, 'exactMs');
  printFigures(`idle for ${MEASURED_MS / 1000} s`, {
    'share of a core': `${percent(sum(accounted))} by utime and stime, ${percent(sum(exact))} on a core (limit ${LIMIT * 100} %)`,
    service: `${exact[0]?.toFixed(1)} ms`,
    'Python nodes': exact
      .slice(1)
      .map((ms) => `${ms.toFixed(1)} ms`)
      .join(', '),
    rescues,
  });
  // The counts are of these processes: their start has left its mark.
  expect(before.every(({ accountedMs }) => accountedMs > 0)).toBe(true);
  expect(sum(accounted) / MEASURED_MS).toBeLessThan(LIMIT);
  expect(sum(exact) / MEASURED_MS).toBeLessThan(LIMIT);
  expect(rescues).toBe(0);
});

function spent(before: readonly CpuTime[], after: readonly CpuTime[], count: keyof CpuTime): number[] {
  return after.map((each, index) => each[count] - (before[index]?.[count] ?? Number.NaN));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, each) => total + each, 0);
}

function percent(ms: number): string {
  return `${((ms / MEASURED_MS) * 100).toFixed(3)} %`;
}
