import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chainOf, type Nodes } from '../harness/messages.js';
import { leftovers, NOTHING_LEFT } from '../harness/service.js';
import { Bed, CLOSE, connectionOf, connectionsOf, finalMetrics, textChunk } from './bed.js';

let bed: Bed;

beforeAll(async () => {
  bed = await Bed.open();
});

afterAll(async () => {
  await bed.close();
});

const pythonBurst = ['CrowdNode', { count: 400 }] as const;
const nativeBurst = ['NativeBurst', { count: 400 }] as const;
const pythonSlow = ['TakeTimeNode', { delay_ms: 1 }] as const;
const CHUNKS = 5;
const OUTPUTS = CHUNKS * 400;

const WAYS: [string, Nodes][] = [
  ['Python → Python', { from: pythonBurst, to: pythonSlow }],
  ['Python → native', { from: pythonBurst, to: 'NativeTakeTime' }],
  ['native → Python', { from: nativeBurst, to: pythonSlow }],
  ['native → native', { from: nativeBurst, to: 'NativeTakeTime' }],
];

describe.each(WAYS)('without backpressure, %s', (_, nodes) => {
  it.each([1, 3, 64])('received and dropped make up what was sent, at a capacity of %i', async (capacity) => {
    const stream = await bed.stream(chainOf(nodes, { channel_capacity: capacity, enable_backpressure: false }));
    for (let sequence = 1; sequence <= CHUNKS; sequence += 1) stream.send(textChunk('from', sequence));
    stream.send(CLOSE);
    expect((await stream.ended).code).toBe(0);
    const metrics = finalMetrics(stream);
    for (const { sent, received, dropped, depth } of connectionsOf(metrics)) {
      expect(received + dropped).toBe(sent);
      expect(depth).toBe(0);
    }
    const first = connectionOf(metrics, '', 'from');
    const between = connectionOf(metrics, 'from', 'to');
    const last = connectionOf(metrics, 'to', '');
    expect(first.sent).toBe(CHUNKS);
    expect(between.sent).toBe(first.received * 400);
    expect(between.dropped).toBeGreaterThan(0);
    expect(last.sent).toBe(between.received);
    expect(stream.all('result')).toHaveLength(last.received);
    expect(metrics).toMatchObject({ messages_dropped: first.dropped + between.dropped + last.dropped });
    expect(await leftovers(bed.running)).toEqual(NOTHING_LEFT);
  });

  it('the newest message arrives, and END takes the place of none', async () => {
    const stream = await bed.stream(chainOf(nodes, { channel_capacity: 1, enable_backpressure: false }));
    stream.send(textChunk('from', 1));
    stream.send(CLOSE);
    expect((await stream.ended).code).toBe(0);
    const numbers = stream.all('result').map(({ data_outputs: outputs }) => {
      const { json } = (outputs as Record<string, { json: { json_payload: string } }>)['to'] ?? {};
      return (JSON.parse(json?.json_payload ?? 'null') as { number: number }).number;
    });
    expect(numbers.at(-1)).toBe(399);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
  });
});

describe('with backpressure', () => {
  it.each(WAYS)('%s loses nothing at a capacity of 1', async (_, nodes) => {
    const stream = await bed.stream(chainOf(nodes, { channel_capacity: 1 }));
    for (let sequence = 1; sequence <= 2; sequence += 1) stream.send(textChunk('from', sequence));
    stream.send(CLOSE);
    expect((await stream.ended).code).toBe(0);
    const metrics = finalMetrics(stream);
    expect(connectionOf(metrics, 'from', 'to')).toMatchObject({ sent: 800, received: 800, dropped: 0 });
    expect(connectionOf(metrics, 'from', 'to').full_episodes).toBeGreaterThan(0);
    expect(stream.all('result')).toHaveLength(800);
    expect(metrics['messages_dropped'] ?? 0).toBe(0);
  });
});

describe('the log', () => {
  it('tells of drops once per episode, and how many there were at the end', async () => {
    const nodes = { from: pythonBurst, to: pythonSlow };
    const logged = bed.running.log.length;
    const stream = await bed.stream(chainOf(nodes, { channel_capacity: 2, enable_backpressure: false }));
    for (let sequence = 1; sequence <= CHUNKS; sequence += 1) stream.send(textChunk('from', sequence));
    stream.send(CLOSE);
    await stream.ended;
    const { sent, dropped } = connectionOf(finalMetrics(stream), 'from', 'to');
    const lines = bed.running.log.slice(logged).filter((line) => line.includes('from → to'));
    expect(lines.filter((line) => line.includes('Channel full, dropping the oldest messages'))).toHaveLength(1);
    expect(lines.filter((line) => line.includes(`Dropped ${dropped} of ${sent} messages`))).toHaveLength(1);
    expect(lines.filter((line) => line.includes('backpressure active'))).toEqual([]);
    expect(sent).toBeLessThanOrEqual(OUTPUTS);
  });
});

describe('a unary call', () => {
  it('says what was dropped too', async () => {
    const nodes = { from: pythonBurst, to: pythonSlow };
    const manifest = chainOf(nodes, { channel_capacity: 2, enable_backpressure: false });
    const buffer = { text: { text_data: Buffer.from('x') } };
    const answer = await bed.client.execute({ manifest, data_inputs: { from: buffer } });
    const { metrics, outputs } = answer['result'] as { metrics: Record<string, unknown>; outputs: unknown[] };
    const between = connectionOf(metrics, 'from', 'to');
    expect(between).toMatchObject({ sent: 400, received: 400 - between.dropped });
    expect(outputs).toHaveLength(connectionOf(metrics, 'to', '').received);
    expect(metrics['messages_dropped']).toBe(between.dropped + connectionOf(metrics, 'to', '').dropped);
  });
});
