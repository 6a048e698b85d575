import { setTimeout as pause } from 'node:timers/promises';
import { connect, type RemoteMediaClient } from '@remotemedia/client';
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
  client = connect(service.address);
});

afterAll(async () => {
  client.close();
  await service.stop();
});

/** What the service and each of its nodes have used, by both clocks of the kernel. */
type Usage = readonly CpuTime[];

it('a session with three Python nodes and nothing to do uses less than a hundredth of a core', async () => {
  const nodes = ['one', 'two', 'three'].map((id) => ({ id, node_type: 'PassOnNode' }));
  const stream = client.stream(chain(nodes));
  const usages: Usage[] = [];
  for await (const event of stream) {
    if (event.type !== 'ready') continue;
    const pids = [service.pid, ...(await service.nodePids(event.sessionId, nodes.length))];
    const measure = (): Promise<CpuTime[]> => Promise.all(pids.map(cpuTimeOf));
    usages.push(await measure());
    // Two intervals: what an engine tidies up some seconds after a start would be in the first alone.
    for (let interval = 0; interval < 2; interval += 1) {
      await pause(MEASURED_MS);
      usages.push(await measure());
    }
    stream.close();
  }
  const rescues = await service.rescues();
  const [start = [], middle = [], end = []] = usages;
  printFigures(`idle, twice ${MEASURED_MS / 1000} s`, {
    'right after the start': describeUsage(start, middle),
    'ten seconds later': describeUsage(middle, end),
    limit: percent(LIMIT),
    rescues,
  });
  // The counts are of these processes: their start has left its mark.
  expect(start.every(({ accountedMs }) => accountedMs > 0)).toBe(true);
  for (const clock of ['accountedMs', 'exactMs'] as const) {
    expect(shareOf(start, middle, clock)).toBeLessThan(LIMIT);
    expect(shareOf(middle, end, clock)).toBeLessThan(LIMIT);
  }
  expect(rescues).toBe(0);
});

function describeUsage(before: Usage, after: Usage): string {
  const [ofService, ...ofNodes] = spentMs(before, after, 'exactMs').map((ms) => ms.toFixed(1));
  const [accounted, exact] = (['accountedMs', 'exactMs'] as const).map((clock) =>
    percent(shareOf(before, after, clock)),
  );
  return `${accounted} by utime and stime, ${exact} on a core: service ${ofService} ms, nodes ${ofNodes.join(', ')} ms`;
}

/** Of one interval on one core. */
function shareOf(before: Usage, after: Usage, clock: keyof CpuTime): number {
  return spentMs(before, after, clock).reduce((sum, ms) => sum + ms, 0) / MEASURED_MS;
}

function spentMs(before: Usage, after: Usage, clock: keyof CpuTime): number[] {
  return after.map((each, index) => each[clock] - (before[index]?.[clock] ?? Number.NaN));
}

function percent(share: number): string {
  return `${(share * 100).toFixed(3)} %`;
}
