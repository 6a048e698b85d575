import {
  type DataKind,
  type Frame,
  type JsonData,
  RemoteMediaError,
  type RuntimeData,
  type TextData,
} from '@remotemedia/contract';
import { describe, expect, it } from 'vitest';
import type { NodeInstance } from '../nodes/node.js';
import { ConnectionMetrics } from '../observe/metrics.js';
import { MemoryQueue } from './memory-queue.js';
import { Merge } from './merge.js';
import { NativeRunner } from './native-runner.js';
import { END, type OutputPort } from './ports.js';

const json = (value: unknown): JsonData => ({
  kind: 'json',
  jsonPayload: JSON.stringify(value),
  schemaType: '',
  metadata: {},
});
const contentOf = (frame: Frame): unknown => (frame.data.kind === 'json' ? JSON.parse(frame.data.jsonPayload) : null);

function queue(from: string, to: string, capacity = 100): MemoryQueue {
  const metrics = new ConnectionMetrics({ session: 's', from, to });
  return new MemoryQueue({ from, to, capacity, maxBytes: 1e6, lossless: true, metrics });
}

async function drain(output: MemoryQueue): Promise<Frame[]> {
  const frames: Frame[] = [];
  const merge = new Merge([output]);
  for (;;) {
    const got = merge.tryReceive();
    if (got === END) return frames;
    if (got !== null) frames.push(got);
    else await merge.ready();
  }
}

/** Runs a node over inputs with the sequences 10, 20, … and returns what came out, as `sequence:value`. */
async function run(instance: NodeInstance, inputs: unknown[], outputs = [queue('n', 'x')]): Promise<string[][]> {
  const input = queue('src', 'n');
  const runner = new NativeRunner({ nodeId: 'n', instance, input: new Merge([input]), outputs });
  inputs.forEach((value, i) => void input.send({ sequence: (i + 1) * 10, timestampUs: i, data: json(value) }));
  const [, , ...taken] = await Promise.all([runner.run(), input.end(), ...outputs.map(drain)]);
  return taken.map((frames) => frames.map((frame) => `${frame.sequence}:${String(contentOf(frame))}`));
}

describe('NativeRunner', () => {
  it.each<[string, NodeInstance['process']]>([
    ['one output', (data) => data],
    ['a list', (data) => [data]],
    ['a promise', async (data) => data],
    [
      'a generator',
      function* (data) {
        yield data;
      },
    ],
    [
      'an asynchronous generator',
      async function* (data) {
        yield data;
      },
    ],
  ])('takes %s from process, and outputs inherit sequence and order', async (_, process) => {
    expect(await run({ ...(process === undefined ? {} : { process }) }, ['a', 'b'])).toEqual([['10:a', '20:b']]);
  });

  it('takes nothing for an answer, and flushes what is left under the last sequence', async () => {
    let sum = 0;
    const node: NodeInstance = {
      process: (data) => {
        sum += Number(data.kind === 'json' ? data.jsonPayload : 0);
        return null;
      },
      flush: () => json(sum),
    };
    expect(await run(node, [1, 2, 3])).toEqual([['30:6']]);
  });

  it('numbers what a source makes, and takes the number that a frame brings', async () => {
    const node: NodeInstance = {
      async *start() {
        yield json('a');
        yield { sequence: 7, timestampUs: 0, data: json('b') };
        yield json('c');
      },
    };
    expect(await run(node, [])).toEqual([['0:a', '7:b', '8:c']]);
  });

  it('sends every output to every branch and waits for the slowest', async () => {
    const outputs = [queue('n', 'x', 1), queue('n', 'y', 100)];
    const values = Array.from({ length: 50 }, (_, i) => i);
    const [slow, fast] = await run({ process: (data) => [data, data] }, values, outputs);
    expect(slow).toHaveLength(100);
    expect(fast).toEqual(slow);
  });

  it('tells a node where its input came from', async () => {
    const node: NodeInstance = { process: (_, { from, frame }) => json(`${from} ${frame.sequence}`) };
    expect(await run(node, [1])).toEqual([['10:src 10']]);
  });

  it.each<[string, NodeInstance]>([
    [
      'process',
      {
        process: () => {
          throw new RangeError('too loud');
        },
      },
    ],
    ['an asynchronous process', { process: () => Promise.reject(new RangeError('too loud')) }],
    [
      'a generator',
      {
        // biome-ignore lint/correctness/useYield: it fails before it yields
        async *process() {
          throw new RangeError('too loud');
        },
      },
    ],
    ['flush', { flush: () => Promise.reject(new RangeError('too loud')) }],
  ])('names the node and keeps the stack when %s fails', async (_, instance) => {
    const failure = run(instance, [1]).catch((error: unknown) => error);
    expect(await failure).toMatchObject({
      code: 'node.failed',
      nodeId: 'n',
      message: expect.stringContaining("Node 'n' failed: RangeError: too loud"),
      details: { traceback: expect.stringContaining('native-runner.test'), sequence: 10 },
    });
  });

  it('counts what went in and out, and the time in between', async () => {
    const input = queue('src', 'n');
    const output = queue('n', 'x');
    const instance: NodeInstance = { process: (data) => [data, data] };
    const runner = new NativeRunner({ nodeId: 'n', instance, input: new Merge([input]), outputs: [output] });
    void input.send({ sequence: 1, timestampUs: 0, data: json(1) });
    await Promise.all([runner.run(), input.end(), drain(output)]);
    expect(runner.totals).toMatchObject({ itemsIn: 1, itemsOut: 2 });
    expect(runner.totals.processMs).toBeGreaterThan(0);
  });

  it('stops with the reason of an interrupted connection, which is no failure of the node', async () => {
    const input = queue('src', 'n');
    const output = queue('n', 'x', 1);
    const merge = new Merge([input]);
    const runner = new NativeRunner({
      nodeId: 'n',
      instance: { process: (data) => [data, data] },
      input: merge,
      outputs: [output],
    });
    const running = runner.run();
    void input.send({ sequence: 1, timestampUs: 0, data: json(1) });
    const reason = new Error('cancelled');
    await new Promise((resolve) => setImmediate(resolve));
    merge.interrupt(reason);
    output.interrupt(reason);
    await expect(running).rejects.toBe(reason);
  });

  it('sends each output where its kind is carried, and says once what is carried nowhere', async () => {
    const text: TextData = {
      kind: 'text',
      textData: new Uint8Array(),
      encoding: '',
      language: '',
      channel: '',
      metadata: {},
    };
    const [input, texts, all] = [queue('src', 'n'), queue('n', 'x'), queue('n', 'y')];
    const leftOut: string[] = [];
    const binary = { kind: 'binary', data: new Uint8Array(), mimeType: '', metadata: {} } as const;
    const runner = new NativeRunner({
      nodeId: 'n',
      instance: { process: (data) => [data, text, binary] },
      input: new Merge([input]),
      outputs: [texts, all],
      kindsOf: new Map<OutputPort, readonly DataKind[]>([
        [texts, ['text']],
        [all, ['text', 'json']],
      ]),
      onLeftOut: (kind) => leftOut.push(kind),
    });
    for (const sequence of [1, 2]) void input.send({ sequence, timestampUs: 0, data: json(sequence) });
    const [, , ...taken] = await Promise.all([runner.run(), input.end(), drain(texts), drain(all)]);
    expect(taken.map((frames) => frames.map(({ data }) => data.kind))).toEqual([
      ['text', 'text'],
      ['json', 'text', 'json', 'text'],
    ]);
    expect(leftOut).toEqual(['binary']);
    expect(runner.totals).toMatchObject({ itemsOut: 4, outputKinds: { json: 2, text: 2 }, leftOut: { binary: 2 } });
  });

  it('ends with the error of an input that the node must not get, which does not reach it', async () => {
    const input = queue('src', 'n');
    const seen: RuntimeData[] = [];
    const refusal = new RemoteMediaError('input.invalid', 'not that one', { nodeId: 'n' });
    const runner = new NativeRunner({
      nodeId: 'n',
      instance: { process: (data) => void seen.push(data) },
      input: new Merge([input]),
      outputs: [],
      refusalOf: (_, sequence) => (sequence === 2 ? refusal : null),
    });
    for (const sequence of [1, 2, 3]) void input.send({ sequence, timestampUs: 0, data: json(sequence) });
    await expect(runner.run()).rejects.toBe(refusal);
    expect(seen).toEqual([json(1)]);
  });
});
