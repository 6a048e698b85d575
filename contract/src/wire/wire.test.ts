import { BinaryReader as RuntimeReader, BinaryWriter as RuntimeWriter } from '@bufbuild/protobuf/wire';
import { describe, expect, test } from 'vitest';
import { isRemoteMediaError } from '../errors/error.js';
import {
  AudioBuffer,
  DataBuffer,
  ExecuteRequest,
  NumpyBuffer,
  ResourceLimits,
  StreamResponse,
} from '../gen/remotemedia.js';
import { BinaryReader } from './binary-reader.js';
import { BinaryWriter } from './binary-writer.js';
import { fromResourceLimits } from './resource-limits.js';
import { decodeMessage, encodeMessage } from './service-definition.js';

const NUMBERS = [0, 1, 127, 128, 300, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 35 + 17, 2 ** 52, 2 ** 53 - 1];
const TEXTS = [
  '',
  'a',
  'ascii of some length, longer than the short way takes, surely',
  'ü',
  '世界 🌍',
  '\ufeffmark',
  '\0',
];

describe('numbers and texts are written as the protobuf runtime writes them', () => {
  test.each(NUMBERS)('%d', (value) => {
    const ours = new BinaryWriter().uint64(value).int64(-value).finish();
    const theirs = new RuntimeWriter().uint64(value).int64(-value).finish();
    expect([...ours]).toEqual([...theirs]);
    const reader = new BinaryReader(ours);
    expect([reader.uint64(), reader.int64()]).toEqual([value, 0 - value]);
  });

  test.each([0, 1, -1, 2 ** 31 - 1, -(2 ** 31)])('the 32-bit integer %d', (value) => {
    const ours = new BinaryWriter().int32(value).finish();
    expect([...ours]).toEqual([...new RuntimeWriter().int32(value).finish()]);
    expect(new BinaryReader(ours).int32()).toBe(value);
  });

  test.each([0, -0, 1.5, Number.NaN, Number.POSITIVE_INFINITY, Number.MIN_VALUE])('the fraction %d', (value) => {
    const ours = new BinaryWriter().double(value).finish();
    expect([...ours]).toEqual([...new RuntimeWriter().double(value).finish()]);
    expect(new BinaryReader(ours).double()).toBe(value);
  });

  test.each(TEXTS)('the text %j', (value) => {
    const ours = new BinaryWriter().string(value).finish();
    expect([...ours]).toEqual([...new RuntimeWriter().string(value).finish()]);
    expect(new BinaryReader(ours).string()).toBe(value);
  });

  test.each([0, 1, 126, 127, 128, 1023, 1024, 1025, 16_383, 16_384, 70_000])(
    'nested messages with %d bytes inside',
    (size) => {
      const bytes = new Uint8Array(size).fill(7);
      const write = <Writer extends BinaryWriter | RuntimeWriter>(writer: Writer): Uint8Array => {
        writer.uint32(10).fork();
        writer.uint32(8).uint64(5);
        writer.uint32(18).fork();
        writer.uint32(10).bytes(bytes);
        writer.uint32(18).string('between');
        writer.uint32(10).bytes(bytes);
        writer.join();
        writer.uint32(24).bool(true);
        writer.join();
        writer.uint32(18).bytes(bytes);
        return writer.finish();
      };
      expect(Buffer.from(write(new BinaryWriter())).equals(Buffer.from(write(new RuntimeWriter())))).toBe(true);
    },
  );

  test('what a message has written does not leak into the next', () => {
    const first = new BinaryWriter().string('first').finish();
    new BinaryWriter().string('second, longer').finish();
    expect(new BinaryReader(first).string()).toBe('first');
  });

  test('two writers at the same time do not share memory', () => {
    const a = new BinaryWriter().string('aaa');
    const b = new BinaryWriter().string('bbb');
    expect(new BinaryReader(a.finish()).string()).toBe('aaa');
    expect(new BinaryReader(b.finish()).string()).toBe('bbb');
  });
});

describe('what cannot be exact is refused', () => {
  test.each([-1, 1.5, 2 ** 53, Number.NaN])('writing %d as an unsigned integer', (value) => {
    expect(() => new BinaryWriter().uint64(value)).toThrow(RangeError);
  });

  test('reading an integer beyond 2^53 names it', () => {
    const bytes = new RuntimeWriter()
      .uint32(40)
      .uint64(2n ** 60n)
      .finish();
    expect(() => decodeMessage(AudioBuffer, bytes)).toThrow(/1152921504606846976 is beyond 2\^53/);
  });

  test('reading a negative integer beyond 2^53', () => {
    expect(new BinaryReader(new RuntimeWriter().int64(-(2n ** 63n)).finish()).int64()).toBe(-(2n ** 63n));
    expect(new BinaryReader(new RuntimeWriter().int64(-(2n ** 53n) + 1n).finish()).int64()).toBe(-(2 ** 53) + 1);
  });

  test('but "no limit" as the largest number is a limit that is never reached', () => {
    const bytes = new RuntimeWriter()
      .uint32(8)
      .uint64(2n ** 64n - 1n)
      .uint32(16)
      .uint64(1500n)
      .finish();
    expect(fromResourceLimits(decodeMessage(ResourceLimits, bytes))).toEqual({
      maxMemoryBytes: Number.MAX_SAFE_INTEGER,
      maxTimeoutMs: 1500,
      maxAudioSamples: null,
    });
    expect(fromResourceLimits(undefined).maxMemoryBytes).toBeNull();
    const limits = decodeMessage(ResourceLimits, bytes);
    expect(Buffer.from(encodeMessage(ResourceLimits, limits)).equals(Buffer.from(bytes))).toBe(true);
  });
});

describe('malformed messages end in a typed error', () => {
  const refused = (bytes: readonly number[]): void => {
    expect(() => decodeMessage(ExecuteRequest, Uint8Array.from(bytes))).toThrow(/cannot be read/);
  };

  test.each([
    ['a number without an end', [0x80]],
    ['a number of eleven bytes', [8, ...new Array<number>(10).fill(0xff), 1]],
    ['four thousand million bytes', [10, 0xff, 0xff, 0xff, 0xff, 0x0f]],
    ['a text that is not UTF-8', [0x22, 1, 0xff]],
    ['an unknown field that is cut', [0xf9, 0x3f, 1, 2]],
    ['an unknown wire type', [0x7e]],
    ['groups without an end', new Array<number>(300).fill(0x7b)],
  ])('%s', (_, bytes) => {
    refused(bytes);
  });

  test('a thousand random messages', () => {
    let seed = 11;
    for (let round = 0; round < 1000; round++) {
      const bytes = Uint8Array.from({ length: round % 60 }, () => {
        seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
        return seed >>> 24;
      });
      try {
        decodeMessage(StreamResponse, bytes);
      } catch (error) {
        expect(isRemoteMediaError(error) && error.code).toBe('input.invalid');
      }
    }
  });

  test('unknown fields of every wire type are passed over', () => {
    const known = new RuntimeWriter().uint32(16).uint32(48000).finish();
    const unknown = new RuntimeWriter();
    unknown.tag(200, 0).uint64(2n ** 64n - 1n);
    unknown.tag(201, 1).double(1);
    unknown.tag(202, 2).string('x');
    unknown.tag(203, 3).tag(1, 0).uint32(1).tag(203, 4);
    unknown.tag(204, 5).float(1);
    const bytes = Buffer.concat([unknown.finish(), known]);
    expect(decodeMessage(AudioBuffer, bytes).sampleRate).toBe(48000);
    expect(new RuntimeReader(bytes).len).toBe(bytes.byteLength);
  });
});

describe('bytes', () => {
  test('that come in are views of the message', () => {
    const bytes = encodeMessage(AudioBuffer, AudioBuffer.fromPartial({ samples: new Uint8Array(5000).fill(9) }));
    const { samples } = decodeMessage(AudioBuffer, bytes);
    expect(samples.buffer).toBe(bytes.buffer);
    expect(samples.byteLength).toBe(5000);
  });

  test('empty and absent optional fields stay different', () => {
    const absent = AudioBuffer.fromPartial({});
    const empty = AudioBuffer.fromPartial({ metadataJson: new Uint8Array(0) });
    expect(decodeMessage(AudioBuffer, encodeMessage(AudioBuffer, absent)).metadataJson).toBeUndefined();
    expect(decodeMessage(AudioBuffer, encodeMessage(AudioBuffer, empty)).metadataJson).toEqual(new Uint8Array(0));
  });

  test('negative strides survive', () => {
    const array = NumpyBuffer.fromPartial({ shape: [3, 0], strides: [-8, 2 ** 40], dtype: '<f8' });
    expect(decodeMessage(NumpyBuffer, encodeMessage(NumpyBuffer, array))).toEqual(array);
  });

  test('a map may have the key __proto__', () => {
    const buffer = DataBuffer.fromPartial({ metadata: new Map([['__proto__', 'kept']]) });
    expect(decodeMessage(DataBuffer, encodeMessage(DataBuffer, buffer)).metadata.get('__proto__')).toBe('kept');
  });
});
