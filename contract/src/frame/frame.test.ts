import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { isRemoteMediaError, type RemoteMediaError } from '../errors/error.js';
import type { AudioData, CompositeData, RuntimeData } from '../runtime-data.js';
import { decodeFrame } from './decode.js';
import { encodeFrame } from './encode.js';
import { decodeHeader, encodeHeader, HEADER_BYTES, joinPayload, splitPayload } from './header.js';
import { FRAME_KIND, FRAME_KIND_NAMES } from './kinds.js';

interface GoldenFrame {
  name: string;
  kind: number;
  header: { flags: number; edge_seq: number; sequence: number; timestamp_us: number; sent_ns: string };
  body_len: number;
  meta_len: number;
  data: Record<string, unknown> | null;
  header_hex: string;
  payload_hex: string;
}

const golden = JSON.parse(readFileSync(new URL('../../fixtures/frames.json', import.meta.url), 'utf8')) as {
  frames: GoldenFrame[];
  malformed: { name: string; kind: number; body_hex: string; meta_hex: string }[];
  malformed_headers: { name: string; header_hex: string }[];
};

const BYTE_FIELDS = new Set(['samples', 'metadata_json', 'pixel_data', 'data', 'text_data']);
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));

/** A fixture's data as runtime data. */
function dataOf(fields: Record<string, unknown>): RuntimeData {
  const entries = Object.entries(fields).map(([key, value]): [string, unknown] => {
    const name = camelCase(key);
    if (key === 'metadata') {
      return [name, Object.fromEntries(value as [string, string][])];
    }
    if (key === 'buffers') {
      const parts = value as { name: string; data: Record<string, unknown> }[];
      return [name, new Map(parts.map((part) => [part.name, dataOf(part.data)]))];
    }
    if (key === 'message' && typeof value === 'object' && value !== null) {
      return [name, Object.fromEntries(Object.entries(value).map(([field, item]) => [camelCase(field), item]))];
    }
    return [name, BYTE_FIELDS.has(key) && typeof value === 'string' ? bytesOf(value) : value];
  });
  return Object.fromEntries(entries) as unknown as RuntimeData;
}

function camelCase(key: string): string {
  return key.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function thrownBy(run: () => unknown): RemoteMediaError {
  try {
    run();
  } catch (error) {
    if (isRemoteMediaError(error)) {
      return error;
    }
    throw error;
  }
  throw new Error('nothing was thrown');
}

const audio = (samples: Uint8Array): AudioData => ({
  kind: 'audio',
  samples,
  sampleRate: 16000,
  channels: 1,
  format: 1,
  numSamples: samples.byteLength / 4,
  metadataJson: null,
  metadata: { speaker: 'anna' },
});

describe('golden frames', () => {
  test.each(golden.frames)('$name', (frame) => {
    const header = decodeHeader(bytesOf(frame.header_hex));
    const { body, meta } = splitPayload(header, bytesOf(frame.payload_hex));

    expect(header).toEqual({
      kind: frame.kind,
      flags: frame.header.flags,
      metaLen: frame.meta_len,
      edgeSeq: frame.header.edge_seq,
      sequence: frame.header.sequence,
      timestampUs: frame.header.timestamp_us,
      sentNs: BigInt(frame.header.sent_ns),
      bodyLen: frame.body_len,
    });
    expect(hexOf(encodeHeader(header))).toBe(frame.header_hex);
    if (frame.data === null) {
      expect(header.kind).toBe(FRAME_KIND.end);
      expect(body.byteLength + meta.byteLength).toBe(0);
      return;
    }
    const data = decodeFrame(header.kind, body, meta);
    expect(data).toEqual(dataOf(frame.data));
    expect(Object.entries(data.metadata)).toEqual(frame.data['metadata']);
    const encoded = encodeFrame(data);
    expect(encoded.kind).toBe(frame.kind);
    expect(hexOf(joinPayload(encoded.body, encoded.meta))).toBe(frame.payload_hex);
    expect(hexOf(joinPayload(encodeFrame(dataOf(frame.data)).body, encoded.meta))).toBe(frame.payload_hex);
  });

  test('there is one of every kind', () => {
    expect(new Set(golden.frames.map(({ kind }) => FRAME_KIND_NAMES[kind]))).toEqual(new Set(FRAME_KIND_NAMES));
  });
});

describe('malformed frames are refused', () => {
  test.each(golden.malformed)('$name', ({ kind, body_hex, meta_hex }) => {
    const error = thrownBy(() => decodeFrame(kind, bytesOf(body_hex), bytesOf(meta_hex)));
    expect(error.code).toBe('frame.invalid');
  });

  test.each(golden.malformed_headers)('header: $name', ({ header_hex }) => {
    expect(thrownBy(() => decodeHeader(bytesOf(header_hex))).code).toBe('frame.invalid');
  });

  test('every truncation of every golden frame', () => {
    for (const frame of golden.frames.filter(({ data }) => data !== null)) {
      const header = { bodyLen: frame.body_len, metaLen: frame.meta_len };
      const { body, meta } = splitPayload(header, bytesOf(frame.payload_hex));
      for (let length = 0; length < meta.byteLength; length++) {
        expect(thrownBy(() => decodeFrame(frame.kind, body, meta.subarray(0, length))).code).toBe('frame.invalid');
      }
    }
  });

  test('random changes of golden frames end in data or in a typed error', () => {
    let seed = 7;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return seed % below;
    };
    for (let round = 0; round < 5000; round++) {
      const frame = golden.frames[random(golden.frames.length)];
      if (!frame?.data) {
        continue;
      }
      const { body, meta } = splitPayload(
        { bodyLen: frame.body_len, metaLen: frame.meta_len },
        bytesOf(frame.payload_hex),
      );
      const changed = meta.slice();
      changed[random(changed.byteLength)] = random(256);
      try {
        decodeFrame(frame.kind, body, changed);
      } catch (error) {
        expect(isRemoteMediaError(error)).toBe(true);
      }
    }
  });

  test('a payload that is not as long as its header says', () => {
    const error = thrownBy(() => splitPayload({ bodyLen: 9, metaLen: 4 }, new Uint8Array(19)));
    expect(error.message).toContain('19 bytes, its header says 20');
  });
});

describe('bytes are not copied', () => {
  test('the encoded body is the data itself, the decoded data is a view of the frame', () => {
    const samples = new Uint8Array(1024);
    const { kind, body, meta } = encodeFrame(audio(samples));
    expect(body).toBe(samples);

    const payload = joinPayload(body, meta);
    const parts = splitPayload({ bodyLen: body.byteLength, metaLen: meta.byteLength }, payload);
    const decoded = decodeFrame(kind, parts.body, parts.meta) as AudioData;
    expect(decoded.samples.buffer).toBe(payload.buffer);
  });

  test('the parts of a composite are views that begin at multiples of 64', () => {
    const data: CompositeData = {
      kind: 'composite',
      buffers: new Map<string, RuntimeData>([
        ['a', audio(new Uint8Array(100).fill(1))],
        ['b', audio(new Uint8Array(4).fill(2))],
      ]),
      metadata: {},
    };
    const { kind, body, meta } = encodeFrame(data);
    const decoded = decodeFrame(kind, body, meta) as CompositeData;
    expect(decoded).toEqual(data);
    for (const part of decoded.buffers.values()) {
      const { samples } = part as AudioData;
      expect(samples.buffer).toBe(body.buffer);
      expect((samples.byteOffset - body.byteOffset) % 64).toBe(0);
    }
  });
});

describe('data that has no place in a frame is refused', () => {
  test.each([
    ['a negative rate', { ...audio(new Uint8Array(4)), sampleRate: -1 }],
    ['a fraction of a channel', { ...audio(new Uint8Array(4)), channels: 1.5 }],
    ['a count beyond 2^53', { ...audio(new Uint8Array(4)), numSamples: 2 ** 53 }],
    ['a number that is none', { ...audio(new Uint8Array(4)), numSamples: Number.NaN }],
  ])('%s', (_, data) => {
    expect(thrownBy(() => encodeFrame(data)).code).toBe('input.invalid');
    // The writer is shared: a failed frame must leave nothing behind for the next one.
    const good = audio(new Uint8Array(4));
    const { kind, body, meta } = encodeFrame(good);
    expect(decodeFrame(kind, body, meta)).toEqual(good);
  });

  test('a composite in a composite', () => {
    const inner: CompositeData = { kind: 'composite', buffers: new Map(), metadata: {} };
    const outer: CompositeData = { kind: 'composite', buffers: new Map([['inner', inner]]), metadata: {} };
    expect(thrownBy(() => encodeFrame(outer)).message).toContain("'inner' is a composite itself");
  });
});

test('long texts and many pairs outgrow the first buffer', () => {
  const metadata = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`key ${index}`, 'ä'.repeat(index)]));
  const data: RuntimeData = { kind: 'binary', data: new Uint8Array(3), mimeType: 'x'.repeat(10_000), metadata };
  const { kind, body, meta } = encodeFrame(data);
  expect(decodeFrame(kind, body, meta)).toEqual(data);
});

test('encoding and decoding an audio frame takes microseconds', () => {
  const data = audio(new Uint8Array(2560));
  const rounds = 20_000;
  const run = (): number => {
    const start = performance.now();
    for (let round = 0; round < rounds; round++) {
      const { kind, body, meta } = encodeFrame(data);
      decodeFrame(kind, body, meta);
    }
    return ((performance.now() - start) * 1000) / rounds;
  };
  run();
  const best = Math.min(run(), run(), run());
  console.info(`audio frame, encode and decode: ${best.toFixed(2)} µs`);
  // Ten times what a quiet machine needs, so that only a change of kind fails.
  expect(best).toBeLessThan(20);
});

test('a header has 64 bytes', () => {
  const header = { kind: 1, flags: 0, metaLen: 1, edgeSeq: 1, sequence: 1, timestampUs: 0, sentNs: 0n, bodyLen: 1 };
  expect(encodeHeader(header).byteLength).toBe(HEADER_BYTES);
});
