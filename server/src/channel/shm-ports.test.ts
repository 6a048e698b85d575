import { type BinaryData, encodeFrame, type Frame } from '@remotemedia/contract';
import { describe, expect, it } from 'vitest';
import { ConnectionMetrics } from '../observe/metrics.js';
import { Doorbell } from './doorbell.js';
import { FakeEdge, type FakeEdgeOptions } from './fake-channel.js';
import { type ShmFrame, ShmInput, type ShmInputOptions } from './shm-input.js';
import { ShmOutput } from './shm-output.js';

function frame(sequence: number, bytes = 8): Frame {
  const data: BinaryData = {
    kind: 'binary',
    data: new Uint8Array(bytes).fill(sequence),
    mimeType: 'x/y',
    metadata: { n: 'm' },
  };
  return { sequence, timestampUs: sequence * 10, data };
}

interface Ends {
  readonly edge: FakeEdge;
  readonly output: ShmOutput;
  readonly input: ShmInput;
  readonly metrics: ConnectionMetrics;
  /** How often the connection was reported full. */
  full(): number;
  /** How often frames were reported to have been dropped. */
  dropping(): number;
}

function connect(options: FakeEdgeOptions = {}, mode: ShmInputOptions['mode'] = 'copy'): Ends {
  const edge = new FakeEdge(options);
  const metrics = new ConnectionMetrics({ session: 's', from: 'a', to: 'b' });
  const common = { from: 'a', to: 'b', metrics, onTransfer: () => undefined };
  let full = 0;
  let dropping = 0;
  const output = new ShmOutput({
    ...common,
    sender: edge.sender,
    capacity: options.capacity ?? 100,
    onFull: () => {
      full += 1;
    },
    depth: () => edge.depth,
  });
  const input = new ShmInput({
    ...common,
    receiver: edge.receiver,
    mode,
    onDropping: () => {
      dropping += 1;
    },
  });
  const doorbell = new Doorbell();
  doorbell.register(output);
  doorbell.register(input);
  edge.onWake = doorbell.ring;
  return { edge, output, input, metrics, full: () => full, dropping: () => dropping };
}

/** Takes frames until END. */
async function drain(input: ShmInput): Promise<ShmFrame[]> {
  const frames: ShmFrame[] = [];
  for (;;) {
    const got = input.tryReceive();
    if (got === 'end') return frames;
    if (got !== null) frames.push(got);
    else await new Promise<void>((resolve) => input.onReady(resolve));
  }
}

describe('a connection through shared memory', () => {
  it('carries frames in order with their sequence, time and metadata, then END', async () => {
    const { output, input, metrics } = connect();
    expect(output.send(frame(1))).toBeUndefined();
    expect(output.send(frame(2, 0))).toBeUndefined();
    const [frames] = await Promise.all([drain(input), output.end()]);
    expect(frames).toMatchObject([frame(1), frame(2, 0)]);
    expect(metrics).toMatchObject({ sent: 2, received: 2, sentBytes: 8 });
    expect(input.tryReceive()).toBe('end');
  });

  it('makes senders wait for room, in order, and reports it once per episode', async () => {
    const { output, input, full } = connect({ capacity: 2 });
    const sends = [1, 2, 3, 4, 5].map((sequence) => output.send(frame(sequence)));
    expect(sends.map((send) => send === undefined)).toEqual([true, true, false, false, false]);
    const received = drain(input);
    await Promise.all(sends);
    await output.end();
    expect((await received).map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5]);
    expect(full()).toBe(1);
  });

  it('copies what a node may change, and gives the slot back at once', () => {
    const { edge, output, input } = connect({ viewBytes: 4 });
    void output.send(frame(7));
    const got = input.tryReceive();
    expect(edge.released).toEqual([7]);
    expect(got).toMatchObject({ data: frame(7).data });
    expect(input.tryReceive()).toBeNull();
  });

  it('lends what is let go, and gives the slot back on release', () => {
    const { edge, output, input } = connect({ viewBytes: 4 }, 'borrow');
    void output.send(frame(7));
    const got = input.tryReceive() as ShmFrame;
    expect(edge.released).toEqual([]);
    expect(got.data).toEqual(frame(7).data);
    got.release?.();
    expect(edge.released).toEqual([7]);
  });

  it('counts frames that gave way to newer ones, END included in their order', async () => {
    const { edge, output, input, metrics, dropping } = connect({ capacity: 2, lossless: false });
    for (let sequence = 1; sequence <= 5; sequence += 1) expect(output.send(frame(sequence))).toBeUndefined();
    const ending = output.end();
    expect(edge.depth).toBe(2);
    const [frames] = await Promise.all([drain(input), ending]);
    // END waits until the last frames were taken, and so takes the place of none.
    expect(frames.map(({ sequence }) => sequence)).toEqual([4, 5]);
    expect(metrics).toMatchObject({ sent: 5, received: 2, dropped: 3 });
    expect(dropping()).toBe(1);
  });

  it('rejects what waits when it is interrupted, and closes its ends later', async () => {
    const { edge, output } = connect({ capacity: 1 });
    void output.send(frame(1));
    const waiting = output.send(frame(2));
    const reason = new Error('cancelled');
    output.interrupt(reason);
    await expect(waiting).rejects.toBe(reason);
    expect(() => output.send(frame(3))).toThrow(reason);
    expect(edge.isClosed).toBe(false);
    output.close();
    expect(edge.isClosed).toBe(true);
  });

  it('gives errors of the channel their code and its two nodes', () => {
    const { edge, output } = connect();
    edge.failWith(Object.assign(new Error('a message of 9 bytes is larger'), { code: 'limit.message_size' }));
    expect(() => output.send(frame(1))).toThrow(
      expect.objectContaining({ code: 'limit.message_size', nodeId: 'a', message: expect.stringContaining('a → b') }),
    );
    edge.failWith(Object.assign(new Error('gone'), { code: 'channel.closed' }));
    expect(() => output.send(frame(1))).toThrow(expect.objectContaining({ code: 'internal' }));
  });

  it('gives back the slot of a frame that cannot be read', () => {
    const { edge, input } = connect();
    const { body } = encodeFrame(frame(1).data);
    edge.sender.trySend(7, 1, 0, body, new Uint8Array([255]));
    expect(() => input.tryReceive()).toThrow(expect.objectContaining({ code: 'frame.invalid' }));
    expect(edge.released).toEqual([1]);
  });
});
