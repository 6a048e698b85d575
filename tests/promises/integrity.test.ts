import { fileURLToPath } from 'node:url';
import { connect, type RemoteMediaClient } from '@remotemedia/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { leftovers, NOTHING_LEFT, startTestService, type TestService } from '../harness/service.js';
import { LARGE_MESSAGES, MESSAGE_SETS, type MessageSet } from './data/messages.js';
import { printFigures } from './harness/figures.js';
import type { Findings } from './nodes/integrity.js';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const MIB = 1024 * 1024;
const LIMIT_MS = 180_000;

let running: TestService;
let client: RemoteMediaClient;
let spentMs = 0;

beforeAll(async () => {
  running = await startTestService({
    multiprocess: { shm_segment_size: 256 * MIB, python: { extra_paths: [here('nodes')] } },
    native: { modules: [here('nodes/integrity.ts')] },
  });
  client = connect(running.address);
});

afterAll(async () => {
  client.close();
  await running.close();
});

/** Native → Python → Python → native. */
async function carry(set: MessageSet): Promise<Findings> {
  const startedMs = performance.now();
  const { outputs } = await client.execute({
    version: 'v1',
    metadata: { name: 'integrity' },
    nodes: [
      { id: 'source', node_type: 'IntegritySource', params: { set } },
      { id: 'rebuild', node_type: 'RebuildNode' },
      { id: 'copy', node_type: 'CopyNode' },
      { id: 'sink', node_type: 'IntegritySink', params: { set } },
    ],
    connections: [
      { from: 'source', to: 'rebuild' },
      { from: 'rebuild', to: 'copy' },
      { from: 'copy', to: 'sink' },
    ],
  });
  const [output] = outputs;
  if (output?.data.kind !== 'json') throw new Error('the sink has told nothing');
  const findings = JSON.parse(output.data.jsonPayload) as Findings;
  const tookMs = performance.now() - startedMs;
  spentMs += tookMs;
  printFigures(`integrity, ${set} messages`, {
    messages: findings.received,
    kinds: Object.entries(findings.kinds)
      .map(([kind, count]) => `${kind} ${count}`)
      .join(', '),
    bytes: `${(findings.bytes / MIB).toFixed(1)} MiB`,
    time: `${(tookMs / 1000).toFixed(1)} s with the start of both processes`,
    rate: `${Math.round(findings.received / (tookMs / 1000))} messages/s, ${(findings.bytes / MIB / (tookMs / 1000)).toFixed(0)} MiB/s`,
    hash: findings.receivedHash,
  });
  return findings;
}

const KINDS = ['audio', 'video', 'tensor', 'numpy', 'text', 'json', 'binary', 'composite', 'file', 'control'];

// No second chance: a message that is lost or altered once is a defect.
describe('every kind of data crosses native → Python → Python → native bit for bit', { retry: 0 }, () => {
  it.each([
    ['without any content, in every variant', 'empty'],
    ['100,000 messages from 1 byte to 64 KiB', 'small'],
    [`${LARGE_MESSAGES} messages from 1 to 32 MiB, with small ones between them`, 'large'],
  ] as const)('%s', { timeout: LIMIT_MS }, async (_, set) => {
    const findings = await carry(set);
    expect(findings.examples).toEqual([]);
    expect(findings).toMatchObject({ sent: MESSAGE_SETS[set], received: MESSAGE_SETS[set], wrong: 0, displaced: 0 });
    expect(findings.receivedHash).toBe(findings.sentHash);
    expect(Object.keys(findings.kinds).sort()).toEqual([...KINDS].sort());
    expect(await leftovers(running)).toEqual(NOTHING_LEFT);
  });

  it('in under three minutes, and without one wake-up that only the safety check found', () => {
    printFigures('integrity, in all', { time: `${(spentMs / 1000).toFixed(1)} s` });
    expect(spentMs).toBeLessThan(LIMIT_MS);
    expect(running.service.metrics.rescues).toBe(0);
  });
});
