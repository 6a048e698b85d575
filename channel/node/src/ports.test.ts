import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Domain, Instance, SENT } from './index.js';

const LIMITS = { capacity: 4, maxBytes: 1024 * 1024, lossless: true };

let directory: string;
let instance: Instance;
let domain: Domain;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'rm-ports-'));
  instance = await Instance.open(directory);
  domain = await instance.createDomain({
    inboxes: 2,
    edges: [
      { from: 0, to: 0, ...LIMITS },
      { from: 1, to: 1, ...LIMITS },
    ],
  });
});

afterEach(async () => {
  await domain.close();
  await instance.close();
  rmSync(directory, { recursive: true, force: true });
});

const send = (body: Uint8Array) => domain.openSender(0).trySend(7, 1, 0, body, new Uint8Array());

describe('a port', () => {
  it('is handed out once', () => {
    domain.openSender(0);
    domain.openReceiver(0);
    for (const again of [() => domain.openSender(0), () => domain.openReceiver(0)]) {
      expect(again).toThrow(
        expect.objectContaining({ code: 'internal', message: expect.stringContaining('opened before') }),
      );
    }
  });

  it('of another inbox is not handed out', () => {
    expect(() => domain.openSender(1)).toThrow(/edge 1 does not start in inbox 0/);
    expect(() => domain.openReceiver(1)).toThrow(/edge 1 does not end in inbox 0/);
  });

  it('was open before it was handed out, so that nothing sent early is lost', () => {
    expect(send(new Uint8Array([1, 2, 3]))).toBe(SENT);
    expect(domain.openReceiver(0).tryReceive()?.body).toEqual(Buffer.from([1, 2, 3]));
  });

  it('that was closed carries nothing any more', () => {
    const [sender, receiver] = [domain.openSender(0), domain.openReceiver(0)];
    sender.close();
    receiver.close();
    const closed = expect.objectContaining({ code: 'channel.closed' });
    expect(() => sender.trySend(7, 1, 0, new Uint8Array(), new Uint8Array())).toThrow(closed);
    expect(() => sender.allTaken()).toThrow(closed);
    expect(() => receiver.tryReceive()).toThrow(closed);
  });

  it('is closed with its domain', async () => {
    const sender = domain.openSender(0);
    await domain.close();
    expect(() => sender.allTaken()).toThrow(expect.objectContaining({ code: 'channel.closed' }));
    expect(() => domain.openReceiver(0)).toThrow(expect.objectContaining({ code: 'channel.closed' }));
  });

  it('gives a view that outlives its domain', async () => {
    const body = new Uint8Array(100_000).fill(9);
    send(body);
    const message = domain.openReceiver(0).tryReceive();
    await domain.close();
    expect(message?.body.every((byte) => byte === 9)).toBe(true);
    expect(message?.body.length).toBe(body.length);
    message?.release();
    expect(message?.body.length).toBe(0);
  });
});
