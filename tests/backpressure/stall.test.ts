import { setTimeout as pause } from 'node:timers/promises';
import { encodeMessage, wire } from '@remotemedia/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failureOf } from '../harness/client.js';
import { audioOf, chainOf } from '../harness/messages.js';
import { Neighbour } from '../harness/neighbour.js';
import { leftovers, NOTHING_LEFT } from '../harness/service.js';
import { StillClient } from '../harness/still-client.js';
import { Bed, textChunk } from './bed.js';

const STALL_SECS = 1;
/** Longer than a stall may last; the time itself is what is tested. */
const LONGER_MS = 2500;
const MIB = 1024 * 1024;

let bed: Bed;

beforeAll(async () => {
  bed = await Bed.open({ stall_timeout_secs: STALL_SECS });
});

afterAll(async () => {
  await bed.close();
});

/** A manifest as `manifest_json`. */
function initOf(nodes: Record<string, unknown>[], connections: unknown[], multiprocess = {}): wire.StreamInit {
  return {
    manifest: undefined,
    dataInputs: new Map(),
    resourceLimits: undefined,
    clientVersion: '',
    expectedChunkSize: 0,
    manifestJson: JSON.stringify({ version: 'v1', metadata: { name: 'still', multiprocess }, nodes, connections }),
  };
}

const burst = (count: number) => [{ id: 'burst', node_type: 'CrowdNode', params: { count } }];
const chunk = (nodeId: string): NonNullable<wire.StreamRequest['request']> => {
  const value = { textData: new Uint8Array([120]), encoding: '', language: '', channel: '' };
  const buffer = { dataType: { $case: 'text' as const, value }, metadata: new Map() };
  return { $case: 'dataChunk', value: { nodeId, buffer, namedBuffers: new Map(), sequence: 1, timestampMs: 0 } };
};
const close = { $case: 'control' as const, value: { command: wire.StreamControl_Command.CLOSE } };

describe('a client that does not read', () => {
  it('is given up with stream.stalled, and nobody else notices', async () => {
    const neighbour = await Neighbour.open(bed.running.address);
    const still = new StillClient(bed.running.address);
    const ended = bed.running.event((event) => event.type === 'session.ended' && event.errorCode !== null);
    await still.send({ $case: 'init', value: initOf(burst(100_000), []) });
    await still.send(chunk('burst'));
    expect(await ended).toMatchObject({ errorCode: 'stream.stalled' });
    // Whoever reads at last finds why there is no more.
    const last = (await still.readAll()).at(-1);
    expect(last?.response).toMatchObject({ $case: 'error', value: { code: 'stream.stalled' } });
    still.close();
    await neighbour.end();
    expect(await leftovers(bed.running)).toEqual(NOTHING_LEFT);
  });

  it('of a unary call has its answer taken back', async () => {
    const still = new StillClient(bed.running.address, 'remotemedia.v1.PipelineExecutionService/ExecutePipeline');
    const request = {
      ...initOf([{ id: 'in', node_type: 'PassThrough' }], []),
      dataInputs: new Map([['in', binary(8 * MIB)]]),
    };
    const reset = still.reset;
    const whole = { ...request, version: '', metadata: undefined, nodes: [], connections: [] };
    void still.sendBytes(encodeMessage(wire.ExecuteRequest, whole));
    still.halfClose();
    await bed.running.logged('[stream.stalled] The client has not read the answer');
    // It hears of it when it reads.
    await still.readAll().catch(() => undefined);
    expect(await reset).toBe(8);
    still.close();
    expect(await leftovers(bed.running)).toEqual(NOTHING_LEFT);
  });
});

function binary(bytes: number): wire.DataBuffer {
  const value = { data: new Uint8Array(bytes), mimeType: '' };
  return { dataType: { $case: 'binary', value }, metadata: new Map() };
}

describe('a client that reads late', () => {
  const COUNT = 5000;

  async function readLate(multiprocess: Record<string, unknown>, sign: 'connection.full' | 'connection.dropping') {
    const still = new StillClient(bed.running.address);
    const seen = bed.running.event((event) => event.type === sign && event.from === 'burst' && event.to === '');
    await still.send({ $case: 'init', value: initOf(burst(COUNT), [], multiprocess) });
    await still.send(chunk('burst'));
    await still.send(close);
    await seen;
    const responses = await still.readAll();
    still.close();
    const numbers = responses.flatMap(({ response }) => {
      if (response?.$case !== 'result') return [];
      const data = response.value.dataOutputs.get('burst')?.dataType;
      return data?.$case === 'json' ? [(JSON.parse(data.value.jsonPayload) as { number: number }).number] : [];
    });
    const closed = responses.at(-1)?.response;
    const metrics = closed?.$case === 'closed' ? closed.value.finalMetrics : undefined;
    const results = metrics?.connections.find(({ from, to }) => from === 'burst' && to === '');
    return { numbers, results };
  }

  it('gets every result with backpressure', async () => {
    const { numbers, results } = await readLate({ channel_capacity: 8 }, 'connection.full');
    expect(numbers).toEqual(Array.from({ length: COUNT }, (_, number) => number));
    expect(results).toMatchObject({ sent: COUNT, received: COUNT, dropped: 0 });
  });

  it('gets the newest without, and the number of those it did not get', async () => {
    const settings = { channel_capacity: 8, enable_backpressure: false };
    const { numbers, results } = await readLate(settings, 'connection.dropping');
    expect(results?.dropped).toBeGreaterThan(0);
    expect(results).toMatchObject({ sent: COUNT, received: numbers.length, dropped: COUNT - numbers.length });
    expect(numbers.at(-1)).toBe(COUNT - 1);
  });
});

describe('a client that reads while a node hangs', () => {
  it('is not given up: a stream', async () => {
    const settings = { channel_capacity: 2, cleanup_grace_period_secs: 0.1 };
    const stream = await bed.stream(chainOf({ in: 'PassThrough', hang: 'HangNode' }, settings));
    for (let sequence = 1; sequence <= 50; sequence += 1) stream.send(textChunk('in', sequence));
    await pause(LONGER_MS);
    expect(bed.running.service.sessions).toHaveLength(1);
    stream.call.cancel();
    await stream.ended;
  });

  it('is not given up: a unary call', async () => {
    const manifest = chainOf({ hang: 'HangNode' }, { cleanup_grace_period_secs: 0.1 });
    const { call, answer } = bed.client.startExecute({ manifest, data_inputs: { hang: audioOf(10) } });
    const failure = failureOf(answer);
    await pause(LONGER_MS);
    expect(bed.running.service.sessions).toHaveLength(1);
    call.cancel();
    expect(await failure).toMatchObject({ status: 1 });
    await bed.running.event(({ type }) => type === 'session.ended');
  });
});
