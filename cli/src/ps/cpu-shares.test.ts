import type { ServiceStatus } from '@remotemedia/contract';
import { expect, test } from 'vitest';
import { cpuShares, type Found } from './find-services.js';

type Nodes = readonly (readonly [pid: number, cpuSecs: number])[];

function found(uptimeSecs: number, cpuSecs: number, nodes: Nodes): Found {
  const status = {
    service: { instance: 'a', pid: 1, uptime_secs: uptimeSecs, cpu_secs: cpuSecs },
    sessions: [{ nodes: nodes.map(([pid, cpu_secs]) => ({ kind: 'python', pid, cpu_secs })) }],
  } as unknown as ServiceStatus;
  return { services: [{ instance: 'a', directory: '/a', answer: { kind: 'status', status } }], dead: [] };
}

test('a share is what a process used between two looks, by the clock of its service', () => {
  const before = found(10, 4, [
    [5, 1],
    [6, 2],
  ]);
  const after = found(12, 4.5, [
    [5, 3],
    [7, 1],
  ]);
  expect([...cpuShares(before, after)]).toEqual([
    [1, 25],
    [5, 100],
  ]);
});

test('two looks at the same moment say nothing', () => {
  expect(cpuShares(found(10, 4, []), found(10, 4, [])).size).toBe(0);
});
