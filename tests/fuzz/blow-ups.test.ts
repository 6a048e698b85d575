import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestService, type TestService } from '../harness/service.js';
import { BLOW_UPS } from './blow-up-requests.js';
import { Judge } from './judge.js';

/** A service that is this long busy with one request lets everyone else wait. */
const BUSY_MS = 2000;

let running: TestService;

beforeAll(async () => {
  running = await startTestService();
});

afterAll(() => running.close());

describe('a request that is made to cost much', () => {
  it.each(BLOW_UPS)('$name', ({ name, make }) => {
    const bytes = make();
    const heapBefore = process.memoryUsage().rss;
    const { code, fault, cpuMs } = new Judge(running.service).judge(bytes);
    console.log(
      `${name}: ${code}, ${cpuMs.toFixed(0)} ms, ${((process.memoryUsage().rss - heapBefore) / 1e6).toFixed(0)} MB of ${(bytes.length / 1e6).toFixed(1)}`,
    );
    expect(fault).toBeNull();
    expect(cpuMs).toBeLessThan(BUSY_MS);
  });
});
