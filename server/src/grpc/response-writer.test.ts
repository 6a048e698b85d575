import { EventEmitter } from 'node:events';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import type { RemoteMediaError } from '@remotemedia/contract';
import { describe, expect, it } from 'vitest';
import { RequestReader } from './request-reader.js';
import { ResponseWriter } from './response-writer.js';

type Call = ServerDuplexStream<Buffer, Buffer>;

class FakeCall extends EventEmitter {
  readonly requests: Buffer[] = [];
  readonly written: { bytes: number; done: () => void }[] = [];

  write(message: Buffer, done: () => void): boolean {
    this.written.push({ bytes: message.byteLength, done });
    return true;
  }

  read(): Buffer | null {
    return this.requests.shift() ?? null;
  }

  asCall(): Call {
    return this as unknown as Call;
  }
}

function writer(stallTimeoutMs = 60_000) {
  const call = new FakeCall();
  const stalls: RemoteMediaError[] = [];
  return {
    call,
    stalls,
    writer: new ResponseWriter(call.asCall(), { stallTimeoutMs, onStall: (error) => stalls.push(error) }),
  };
}

describe('ResponseWriter', () => {
  it('has room until a window of bytes is on its way, and again when it has arrived', async () => {
    const { call, writer: out } = writer();
    out.write(new Uint8Array(200_000));
    expect(out.room()).toBeUndefined();
    out.write(new Uint8Array(100_000));
    const room = out.room();
    expect(room).toBeInstanceOf(Promise);
    call.written[0]?.done();
    await room;
    expect(out.room()).toBeUndefined();
  });

  it('counts a small message for what it costs', async () => {
    const { writer: out } = writer();
    for (let i = 0; i < 600; i += 1) out.write(new Uint8Array(1));
    const room = out.room();
    expect(room).toBeInstanceOf(Promise);
    out.interrupt(new Error('over'));
    await expect(room).rejects.toThrow('over');
  });

  it('gives up a client that does not read', async () => {
    const { stalls, writer: out } = writer(1);
    out.write(new Uint8Array(300_000));
    const room = out.room();
    const reason = new Error('stalled');
    room?.catch(() => undefined);
    await expect.poll(() => stalls.length).toBe(1);
    out.interrupt(reason);
    await expect(room).rejects.toBe(reason);
    expect(stalls[0]).toMatchObject({ code: 'stream.stalled' });
  });

  it('writes nothing after it was interrupted', () => {
    const { call, writer: out } = writer();
    const reason = new Error('cancelled');
    out.interrupt(reason);
    out.write(new Uint8Array(1));
    expect(call.written).toEqual([]);
    expect(() => out.room()).toThrow(reason);
  });
});

describe('RequestReader', () => {
  it('gives requests one by one, then null', async () => {
    const call = new FakeCall();
    const reader = new RequestReader(call.asCall());
    const first = reader.next();
    call.requests.push(Buffer.from('1'), Buffer.from('2'));
    call.emit('readable');
    expect(await first).toEqual(Buffer.from('1'));
    expect(await reader.next()).toEqual(Buffer.from('2'));
    const last = reader.next();
    call.emit('end');
    expect(await last).toBeNull();
    expect(await reader.next()).toBeNull();
  });

  it('ends a wait with the reason of its interruption', async () => {
    const reader = new RequestReader(new FakeCall().asCall());
    const waiting = reader.next();
    const reason = new Error('cancelled');
    reader.interrupt(reason);
    await expect(waiting).rejects.toBe(reason);
    await expect(reader.next()).rejects.toBe(reason);
  });
});
