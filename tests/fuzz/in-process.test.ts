import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestService, type TestService } from '../harness/service.js';
import { executeRequest } from './execute-requests.js';
import { Judge } from './judge.js';
import { ANSWER_MS, casesOf } from './settings.js';

let running: TestService;

beforeAll(async () => {
  running = await startTestService();
});

afterAll(() => running.close());

it('takes mutated manifests or refuses them with a clear error', { timeout: 1_200_000 }, () => {
  const judge = new Judge(running.service);
  const { count, draw } = casesOf('mutated manifests', 100);
  const codes = new Map<string, number>();
  const faults: string[] = [];
  let slowestMs = 0;
  for (let index = 0; index < count; index++) {
    const { code, fault, cpuMs } = judge.judge(executeRequest(draw(index)));
    slowestMs = Math.max(slowestMs, cpuMs);
    codes.set(code, (codes.get(code) ?? 0) + 1);
    if (fault !== null) faults.push(`case ${index}: ${fault}`);
    if (cpuMs > ANSWER_MS) faults.push(`case ${index}: took ${Math.round(cpuMs)} ms`);
  }
  console.log(`${JSON.stringify(Object.fromEntries(codes))}, slowest ${slowestMs.toFixed(0)} ms`);
  expect(faults.slice(0, 20)).toEqual([]);
  expect(Object.keys(Object.prototype)).toEqual([]);
  // The mutations must neither break everything nor nothing.
  expect(codes.get('valid') ?? 0).toBeGreaterThan(count / 50);
  expect(codes.get('manifest.invalid') ?? 0).toBeGreaterThan(count / 10);
});
