/** Real processes, real shared memory: bytes between Node and Python in every direction, woken by nothing but the doorbell. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Domain, type DomainSpec, type EdgeSpec, FULL, Instance, type Receiver, SENT } from '@remotemedia/channel';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Digest, Ends, KIND_END } from './ends.js';
import { CLEAN_EXIT, Peer, type PeerOptions } from './peer.js';
import { messages, seedOf } from './random.js';

const SEED = seedOf('channel across languages');
const MIB = 1024 * 1024;

let directory: string;
let instance: Instance;
let domain: Domain;
let peers: Peer[] = [];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'rm-channel-'));
  instance = await Instance.open(directory);
});

afterEach(async () => {
  await Promise.all(peers.map((peer) => peer.kill()));
  peers = [];
  await domain.close();
});

afterAll(async () => {
  await instance.close();
  rmSync(directory, { recursive: true, force: true });
});

async function open(
  edges: readonly (Pick<EdgeSpec, 'from' | 'to'> & Partial<EdgeSpec>)[],
  options: Partial<DomainSpec> = {},
): Promise<Ends> {
  const limits = { capacity: 64, maxBytes: 16 * MIB, lossless: true };
  domain = await instance.createDomain({
    inboxes: 3,
    edges: edges.map((edge) => ({ ...limits, ...edge })),
    ...options,
  });
  return new Ends(domain);
}

async function start<const T extends readonly (readonly [string, PeerOptions])[]>(programs: T) {
  const started = await Peer.startAll(domain, programs);
  peers = [...started] as Peer[];
  return started;
}

/** Takes everything up to END, checks the order, gives back what it was. */
async function takeAll(ends: Ends, receiver: Receiver): Promise<{ count: number; digest: string }> {
  const digest = new Digest();
  for (;;) {
    const message = await ends.receive(receiver);
    if (message.kind === KIND_END) return digest.facts();
    if (message.edgeSeq !== digest.count) throw new Error(`${message.edgeSeq} came as number ${digest.count}`);
    digest.add(message);
    message.release();
  }
}

describe('both lanes', () => {
  const COUNT = 4000;
  const LARGE_EVERY = 20;

  it('go from Node to Python', async () => {
    const ends = await open([{ from: 0, to: 1 }]);
    const sender = domain.openSender(0);
    const [sink] = await start([['sink.py', { inbox: 1, inputs: [0] }]]);
    const digest = new Digest();
    for (const message of messages({ seed: SEED, count: COUNT, largeEvery: LARGE_EVERY })) {
      await ends.send(sender, message);
      digest.add(message);
    }
    await ends.end(sender);

    const done = await sink.expect('done');
    expect(done).toMatchObject({ ...digest.facts(), count: COUNT, rescues: 0 });
    expect(done['wake_ups']).toBeGreaterThan(0);
    expect(await sink.exit()).toEqual(CLEAN_EXIT);
    expect(ends.wakeUps).toBeGreaterThan(0);
    expect(domain.rescues()).toBe(0);
    expect(domain.stats(0)).toMatchObject({ sent: COUNT + 1, taken: COUNT + 1, bytesInFlight: 0, dropped: 0 });
  });

  it('go from Python to Node', async () => {
    const ends = await open([{ from: 1, to: 0 }]);
    const receiver = domain.openReceiver(0);
    const mixture = { seed: SEED, count: COUNT, large_every: LARGE_EVERY };
    const [source] = await start([['source.py', { inbox: 1, outputs: [0], ...mixture }]]);
    const taken = await takeAll(ends, receiver);

    expect(await source.skipTo('done')).toMatchObject({ ...taken, count: COUNT, rescues: 0 });
    expect(await source.exit()).toEqual(CLEAN_EXIT);
    expect(ends.wakeUps).toBeGreaterThan(0);
    expect(domain.rescues()).toBe(0);
  });

  it('go from Python to Python, past the service', async () => {
    await open([{ from: 1, to: 2 }]);
    const mixture = { seed: SEED, count: COUNT, large_every: LARGE_EVERY };
    const [source, sink] = await start([
      ['source.py', { inbox: 1, outputs: [0], ...mixture }],
      ['sink.py', { inbox: 2, inputs: [0] }],
    ]);
    const sent = await source.skipTo('done');
    const taken = await sink.expect('done');

    expect(sent).toMatchObject({ count: COUNT, rescues: 0 });
    expect(taken).toMatchObject({ count: COUNT, rescues: 0, digest: sent['digest'] });
    expect(taken['wake_ups']).toBeGreaterThan(0);
    expect(await Promise.all([source.exit(), sink.exit()])).toEqual([CLEAN_EXIT, CLEAN_EXIT]);
    expect(domain.rescues()).toBe(0);
  });

  const heavy = [
    { count: 100_000, capacity: 64, largeEvery: 500, wakeUpsPerMessage: 0 },
    // One credit: both languages sleep and wake again and again.
    { count: 10_000, capacity: 1, largeEvery: 100, wakeUpsPerMessage: 0.25 },
  ];
  it.each(heavy)(
    'go round through both languages, $count messages at capacity $capacity, with the safety check off',
    async ({ count, capacity, largeEvery, wakeUpsPerMessage }) => {
      const ends = await open(
        [
          { from: 0, to: 1, capacity },
          { from: 1, to: 2, capacity },
          { from: 2, to: 0, capacity },
        ],
        { safetyCheck: false },
      );
      const [sender, receiver] = [domain.openSender(0), domain.openReceiver(2)];
      const relays = await start([
        ['relay.py', { inbox: 1, inputs: [0], outputs: [1] }],
        ['relay.py', { inbox: 2, inputs: [1], outputs: [2] }],
      ]);
      const sent = new Digest();
      const back = takeAll(ends, receiver);
      for (const message of messages({ seed: SEED, count, largeEvery })) {
        await ends.send(sender, message);
        sent.add(message);
      }
      await ends.end(sender);

      const whole = { ...sent.facts(), count };
      expect(await back).toEqual(whole);
      const done = await Promise.all(relays.map((relay) => relay.expect('done')));
      for (const facts of done) expect(facts).toMatchObject(whole);
      expect(await Promise.all(relays.map((relay) => relay.exit()))).toEqual([CLEAN_EXIT, CLEAN_EXIT]);
      const wakeUps = [ends.wakeUps, ...done.map((facts) => Number(facts['wake_ups']))];
      console.log(`${count} messages over three edges of capacity ${capacity}: wake-ups ${wakeUps.join(', ')}`);
      for (const times of wakeUps) expect(times).toBeGreaterThan(count * wakeUpsPerMessage);
    },
  );
});

describe('credits', () => {
  const small = new Uint8Array([1, 2, 3]);
  const none = new Uint8Array();

  it('stop a Node sender at the capacity and let it go on when one was taken', async () => {
    const ends = await open([{ from: 0, to: 1, capacity: 4 }]);
    const sender = domain.openSender(0);
    const [taker] = await start([['taker.py', { inbox: 1, inputs: [0] }]]);
    const trySend = (sequence: number) => sender.trySend(7, sequence, 0, small, none);

    expect([0, 1, 2, 3, 4].map(trySend)).toEqual([SENT, SENT, SENT, SENT, FULL]);
    for (let sequence = 4; sequence < 8; sequence += 1) {
      const sent = ends.send(sender, { kind: 7, sequence, timestampUs: 0, body: small, meta: none });
      taker.order({ take: 1 });
      await sent;
      expect(await taker.expect('taken')).toMatchObject({ sequence: sequence - 4 });
      expect(trySend(sequence + 1)).toBe(FULL);
    }
    expect(ends.wakeUps).toBe(4);
    expect(domain.stats(0)).toMatchObject({ sent: 8, taken: 4 });

    // END needs a credit like any message, and all is taken only when END is.
    taker.order({ take: 4 });
    await ends.send(sender, { kind: KIND_END, sequence: 99, timestampUs: 0, body: none, meta: none });
    for (const sequence of [4, 5, 6, 7]) expect(await taker.expect('taken')).toMatchObject({ sequence });
    expect(sender.allTaken()).toBe(false);
    taker.order({ take: 1 });
    while (!sender.allTaken()) await ends.woken();
    expect(await taker.expect('taken')).toMatchObject({ sequence: 99 });
    expect(await taker.expect('done')).toMatchObject({ rescues: 0 });
    expect(await taker.exit()).toEqual(CLEAN_EXIT);
    expect(domain.rescues()).toBe(0);
  });

  it('stop a Python sender at the capacity and let it go on when one was taken', async () => {
    const ends = await open([{ from: 1, to: 0, capacity: 4 }]);
    const receiver = domain.openReceiver(0);
    const [source] = await start([['source.py', { inbox: 1, outputs: [0], seed: 1, count: 6, large_every: 0 }]]);

    expect(await source.expect('full')).toMatchObject({ sent: 4 });
    expect(receiver.tryReceive()).toMatchObject({ edgeSeq: 0 });
    expect(await source.expect('full')).toMatchObject({ sent: 5 });
    expect(domain.stats(0)).toMatchObject({ sent: 5, taken: 1 });

    for (const edgeSeq of [1, 2, 3, 4, 5]) expect(await ends.receive(receiver)).toMatchObject({ edgeSeq });
    expect(await source.expect('end_sent')).toMatchObject({ all_taken: false });
    expect(await ends.receive(receiver)).toMatchObject({ edgeSeq: 6, kind: KIND_END });
    expect(await source.expect('done')).toMatchObject({ count: 6, rescues: 0 });
    expect(await source.exit()).toEqual(CLEAN_EXIT);
    expect(domain.rescues()).toBe(0);
  });
});

describe('a message', () => {
  it('is a view in Node when it is large, and detached when it is released', async () => {
    const ends = await open([{ from: 1, to: 0 }]);
    const receiver = domain.openReceiver(0);
    const [source] = await start([['source.py', { inbox: 1, outputs: [0], seed: 2, count: 2, large_every: 2 }]]);
    const [small, large] = [await ends.receive(receiver), await ends.receive(receiver)];

    expect([small.isView, large.isView]).toEqual([false, true]);
    const digest = new Digest();
    for (const message of [small, large]) digest.add(message);
    const { body } = large;
    expect(body.length).toBeGreaterThan(64 * 1024);
    expect(domain.stats(0).bytesInFlight).toBeGreaterThanOrEqual(body.length);

    const smallBytes = small.body.length;
    small.release();
    large.release();
    expect([body.length, large.meta.length, small.body.length]).toEqual([0, 0, smallBytes]);
    expect(domain.stats(0).bytesInFlight).toBe(0);
    expect(() => large.release()).not.toThrow();
    expect((await ends.receive(receiver)).kind).toBe(KIND_END);
    expect(await source.skipTo('done')).toMatchObject(digest.facts());
  });

  const cases = [
    { size: 1000, keep: 15, why: 'the last slot but one', flags: [...Array<boolean>(14).fill(false), true] },
    { size: 100_000, keep: 2, why: 'the last slot but one', flags: [false, true] },
    { size: 300_000, keep: 1, why: 'a quarter of the byte budget', flags: [true] },
  ];
  it.each(cases)(
    'of $size bytes, kept in Python, stays as it came and says when it is scarce: $why',
    async ({ size, keep, flags }) => {
      const ends = await open([{ from: 0, to: 1, maxBytes: MIB }]);
      const sender = domain.openSender(0);
      const [keeper] = await start([['keeper.py', { inbox: 1, inputs: [0], keep }]]);
      const count = 300;
      const digests: string[] = [];
      for (let sequence = 0; sequence < count; sequence += 1) {
        const body = Buffer.alloc(size, `message ${sequence}, `);
        await ends.send(sender, { kind: 7, sequence, timestampUs: 0, body, meta: new Uint8Array() });
        if (sequence < keep) digests.push(createHash('sha256').update(body).digest('hex'));
      }
      await ends.end(sender);

      const unchanged = Array<boolean>(keep).fill(true);
      expect(await keeper.expect('kept')).toEqual({
        type: 'kept',
        count,
        scarce: flags,
        is_read_only: true,
        digests,
        unchanged,
        unchanged_after_close: unchanged,
        rescues: 0,
      });
      expect(await keeper.exit()).toEqual(CLEAN_EXIT);
      expect(domain.rescues()).toBe(0);
    },
  );
});
