import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { wire } from '@remotemedia/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Neighbour } from '../harness/neighbour.js';
import { ServiceProcess } from '../harness/service-process.js';
import { StillClient } from '../harness/still-client.js';

const MIB = 1024 * 1024;
/** 20 ms of mono 32-bit float audio at 16 kHz. */
const CHUNK_BYTES = 1280;
/** An hour of it. */
const CHUNKS = 180_000;
/** A client that cannot send for so long has been stopped by the service. */
const STOPPED_MS = 3000;

let service: ServiceProcess;

beforeAll(async () => {
  // Longer than the test: the service shall hold on to this client.
  service = await ServiceProcess.start({ config: '[service]\nstall_timeout_secs = 600' });
});

afterAll(async () => {
  await service.dispose();
});

/** Memory of the service's own, in bytes: what it shares with its nodes is bounded by its settings. */
function memoryOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/status`, 'latin1');
  const kib = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? Number.NaN);
  return (kib('RssAnon') + kib('RssFile')) * 1024;
}

function chunkOf(sequence: number): NonNullable<wire.StreamRequest['request']> {
  const value = {
    samples: new Uint8Array(CHUNK_BYTES),
    sampleRate: 16_000,
    channels: 1,
    format: wire.AudioFormat.F32,
    numSamples: CHUNK_BYTES / 4,
    metadataJson: undefined,
  };
  const buffer = { dataType: { $case: 'audio' as const, value }, metadata: new Map() };
  return { $case: 'dataChunk', value: { nodeId: 'in', buffer, namedBuffers: new Map(), sequence, timestampMs: 0 } };
}

describe('a client that sends an hour of chunks and reads nothing', () => {
  it('is stopped long before, and costs the service less than 16 MiB', async () => {
    // Everything is loaded and has run once, before anything is measured.
    const neighbour = await Neighbour.open(service.address);
    await neighbour.serves(100);
    await neighbour.end();
    const before = memoryOf(service.pid);

    const still = new StillClient(service.address);
    const nodes = [
      { id: 'in', node_type: 'PassThrough' },
      { id: 'echo', node_type: 'EchoNode' },
    ];
    const manifestJson = JSON.stringify({ version: 'v1', nodes, connections: [{ from: 'in', to: 'echo' }] });
    await still.send({ $case: 'init', value: wire.StreamInit.fromPartial({ manifestJson }) });
    await service.event(({ event, session }) => event === 'process.ready' && session !== undefined);
    let sent = 0;
    let most = before;
    for (let state = 'sending'; state === 'sending' && sent < CHUNKS; sent += 1) {
      const stopped = new AbortController();
      const timer = pause(STOPPED_MS, 'stopped', { signal: stopped.signal }).catch(() => 'sending');
      state = await Promise.race([still.send(chunkOf(sent + 1)).then(() => 'sending'), timer]);
      stopped.abort();
      if (sent % 500 === 0 || state === 'stopped') most = Math.max(most, memoryOf(service.pid));
    }
    // A capacity of 100 on each of three connections, and a quarter of a MiB on each side of the wire.
    expect(sent).toBeLessThan(5000);
    expect(most - before).toBeLessThan(16 * MIB);
    still.close();
    await service.event(({ event, error_code: code }) => event === 'session.ended' && code === 'session.cancelled');
  });
});
