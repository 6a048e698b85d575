import { expect, it } from 'vitest';
import { executeRequest } from './execute-requests.js';
import { RawClient } from './raw-client.js';
import { ANSWER_MS, casesOf } from './settings.js';
import { faultOfEnd } from './verdict.js';
import { WatchedService } from './watched-service.js';

/** Calls under way at a time. */
const PARALLEL = 8;

it('answers mutated requests, each in time and none with INTERNAL', { timeout: 1_200_000 }, async () => {
  const service = await WatchedService.start();
  const client = new RawClient(service.address);
  const { count, draw } = casesOf('mutated requests over gRPC', 5);
  const statuses = new Map<number, number>();
  const faults: string[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      const end = await client.execute(executeRequest(draw(index)), 4 * ANSWER_MS);
      statuses.set(end.status, (statuses.get(end.status) ?? 0) + 1);
      const fault = faultOfEnd(end);
      if (fault !== null) faults.push(`case ${index}: ${fault}`);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  console.log(`statuses ${JSON.stringify(Object.fromEntries(statuses))}`);
  client.close();
  expect(faults.slice(0, 20)).toEqual([]);
  expect(statuses.get(0) ?? 0).toBeGreaterThan(0);
  await service.close();
});
