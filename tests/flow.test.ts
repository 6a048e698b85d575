import { readFile } from 'node:fs/promises';
import type { wire } from '@remotemedia/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failureOf, type Message, WireClient } from './harness/client.js';
import { audioOf, chainOf, outputOf, samplesOf } from './harness/messages.js';
import { leftovers, NOTHING_LEFT, startTestService, type TestService } from './harness/service.js';
import { StillClient } from './harness/still-client.js';

const MIB = 1024 * 1024;
let running: TestService;
let client: WireClient;

beforeAll(async () => {
  running = await startTestService({ limits: { max_message_bytes: 16 * MIB } }, { stallTimeoutMs: 1500 });
  client = new WireClient(running.address, undefined, { 'grpc.max_send_message_length': -1 });
});

afterAll(async () => {
  client.close();
  await running.close();
});

const chunk = (sequence: number, buffer: Message): Message => ({ data_chunk: { node_id: 'in', buffer, sequence } });

describe('large messages', () => {
  it('go through shared memory and come back bit for bit', async () => {
    const stream = client.stream().read();
    stream.send({ init: { manifest: chainOf({ in: 'PassThrough', a: 'EchoNode', b: 'EchoNode' }) } });
    await stream.response('ready');
    for (let sequence = 1; sequence <= 12; sequence += 1)
      stream.send(chunk(sequence, audioOf(sequence * 100_000, sequence)));
    stream.send({ control: { command: 'COMMAND_CLOSE' } });
    expect((await stream.ended).code).toBe(0);
    const results = stream.all('result');
    expect(results).toHaveLength(12);
    for (const [index, result] of results.entries()) {
      const expected = samplesOf(audioOf((index + 1) * 100_000, index + 1));
      expect(samplesOf(outputOf(result, 'b')).equals(expected)).toBe(true);
    }
    expect(await leftovers(running)).toEqual(NOTHING_LEFT);
  });

  it('are refused with the name of the setting that refuses them', async () => {
    const call = client.execute({ manifest: chainOf({ in: 'PassThrough' }), data_inputs: { in: audioOf(5 * MIB) } });
    const error = await failureOf(call);
    expect(error).toMatchObject({ code: 'limit.message_size', status: 8 });
    expect(error.details).toMatchObject({ allowed: 16 * MIB, setting: 'limits.max_message_bytes' });
  });

  it('are refused when they are larger than a connection may hold, with both numbers', async () => {
    const manifest = chainOf({ in: 'PassThrough', a: 'EchoNode' }, { shm_segment_size: 100_000 });
    const error = await failureOf(client.execute({ manifest, data_inputs: { in: audioOf(50_000) } }));
    expect(error).toMatchObject({ code: 'limit.message_size', status: 8 });
    expect(error.message).toMatch(/200000.*shm_segment_size.*100000/);
  });

  it('are refused as an answer that is too large for one message', async () => {
    const nodes = { in: 'PassThrough', a: 'PassThrough', b: 'PassThrough' };
    const manifest = {
      ...chainOf(nodes),
      connections: [
        { from: 'in', to: 'a' },
        { from: 'in', to: 'b' },
      ],
    };
    const error = await failureOf(client.execute({ manifest, data_inputs: { in: audioOf(3 * MIB) } }));
    expect(error).toMatchObject({ code: 'limit.message_size', details: { setting: 'limits.max_message_bytes' } });
  });
});

describe('a client that sends and does not read', () => {
  it('stops the pipeline, costs a bounded amount of memory, and is given up', async () => {
    const still = new StillClient(running.address);
    const manifest = chainOf({ in: 'PassThrough', a: 'EchoNode' });
    const multiprocess = { channel_capacity: 4 };
    const manifestJson = JSON.stringify({ ...manifest, metadata: { name: 'still', multiprocess } });
    await still.send({ $case: 'init', value: initOf(manifestJson) });
    let sent = 0;
    let isOver = false;
    const stalled = running.event((event) => event.type === 'session.ended' && event.errorCode === 'stream.stalled');
    const over = stalled.then(() => {
      isOver = true;
    });
    const before = process.memoryUsage().arrayBuffers;
    let most = before;
    while (!isOver && sent < 400) {
      await Promise.race([still.send(chunkOf(sent + 1, new Uint8Array(MIB))), over]);
      if (!isOver) sent += 1;
      most = Math.max(most, process.memoryUsage().arrayBuffers);
    }
    await over;
    // Four frames on each connection, a few on each side of the wire, and then nothing moves any more.
    expect(sent).toBeLessThan(40);
    expect(most - before).toBeLessThan(40 * MIB);
    expect(running.log.join('')).toContain('[stream.stalled] The client has read no result for 1.5 s');
    still.close();
    expect(await leftovers(running)).toEqual(NOTHING_LEFT);
  });
});

function initOf(manifestJson: string): wire.StreamInit {
  const manifest = undefined;
  return {
    manifest,
    dataInputs: new Map(),
    resourceLimits: undefined,
    clientVersion: '',
    expectedChunkSize: 0,
    manifestJson,
  };
}

function chunkOf(sequence: number, data: Uint8Array): NonNullable<wire.StreamRequest['request']> {
  const buffer = { dataType: { $case: 'binary' as const, value: { data, mimeType: '' } }, metadata: new Map() };
  return { $case: 'dataChunk', value: { nodeId: 'in', buffer, namedBuffers: new Map(), sequence, timestampMs: 0 } };
}

describe('a slow node', () => {
  it('makes its client wait, and loses nothing', async () => {
    const stream = client.stream().read();
    const nodes = { in: 'PassThrough', burn: ['BurnCpuNode', { iterations: 20_000 }] as const };
    stream.send({ init: { manifest: chainOf(nodes, { channel_capacity: 2 }) } });
    for (let sequence = 1; sequence <= 300; sequence += 1) stream.send(chunk(sequence, audioOf(1000, sequence)));
    stream.send({ control: { command: 'COMMAND_CLOSE' } });
    expect((await stream.ended).code).toBe(0);
    expect(stream.all('result').map(({ sequence }) => sequence)).toEqual(Array.from({ length: 300 }, (_, i) => i + 1));
    expect(running.log.join('')).toContain('Channel full, backpressure active (in → burn)');
  });
});

describe('an idle session', () => {
  it('uses next to no processor time, service and children together', async () => {
    const stream = client.stream().read();
    stream.send({ init: { manifest: chainOf({ in: 'PassThrough', a: 'EchoNode', b: 'EchoNode', c: 'EchoNode' }) } });
    const { session_id: session } = await stream.response('ready');
    const pids = running.service.processes.filter(({ sessionId }) => sessionId === session).map(({ pid }) => pid ?? 0);
    expect(pids).toHaveLength(3);
    const children = async (): Promise<number> => {
      const spent = await Promise.all(pids.map(cpuMsOf));
      return spent.reduce((sum, ms) => sum + ms, 0);
    };
    const childrenBefore = await children();
    const before = process.cpuUsage();
    // The time that passes is what is measured here, not waited for.
    await new Promise((resolve) => setTimeout(resolve, 4000));
    const { user, system } = process.cpuUsage(before);
    const usedMs = (user + system) / 1000 + (await children()) - childrenBefore;
    expect(usedMs).toBeLessThan(4000 * 0.03);
    stream.call.end();
    await stream.ended;
    expect(running.service.metrics.rescues).toBe(0);
  });
});

async function cpuMsOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
