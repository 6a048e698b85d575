import { describe, expect, test } from 'vitest';
import { DataBuffer } from '../gen/remotemedia.js';
import type { AudioData, RuntimeData } from '../runtime-data.js';
import { fromDataBuffer, fromNamedBuffers } from './from-data-buffer.js';
import { decodeMessage, encodeMessage } from './service-definition.js';
import { toDataBuffer, toNamedBuffers } from './to-data-buffer.js';

const bytes = Uint8Array.from([1, 2, 3, 4]);
const metadata = { b: 'second', a: 'first', ü: '' };
const EXAMPLES: RuntimeData[] = [
  {
    kind: 'audio',
    samples: bytes,
    sampleRate: 8000,
    channels: 2,
    format: 2,
    numSamples: 2,
    metadataJson: bytes,
    metadata,
  },
  {
    kind: 'audio',
    samples: new Uint8Array(0),
    sampleRate: 0,
    channels: 0,
    format: 0,
    numSamples: 0,
    metadataJson: null,
    metadata: {},
  },
  {
    kind: 'video',
    pixelData: bytes,
    width: 1,
    height: 2,
    format: 255,
    frameNumber: 3,
    timestampUs: 2 ** 50,
    codec: 2,
    isKeyframe: true,
    metadata,
  },
  { kind: 'tensor', data: bytes, shape: [2, 2], dtype: 5, layout: 'HW', metadata },
  { kind: 'tensor', data: bytes, shape: [], dtype: 99, layout: '', metadata: {} },
  {
    kind: 'numpy',
    data: bytes,
    shape: [4],
    dtype: 'u1',
    strides: [-1],
    cContiguous: false,
    fContiguous: true,
    metadata,
  },
  { kind: 'text', textData: bytes, encoding: 'utf-8', language: 'en', channel: 'c', metadata },
  { kind: 'json', jsonPayload: '{"a":1}', schemaType: 's', metadata },
  { kind: 'binary', data: bytes, mimeType: 'm', metadata },
  { kind: 'file', path: 'p', filename: 'f', mimeType: 'm', size: 1, offset: 2, length: 3, streamId: 's', metadata },
  { kind: 'control', message: null, segmentId: 's', timestampMs: 5, controlMetadata: 'own', metadata },
  {
    kind: 'control',
    message: { type: 'cancel_speculation', fromTimestamp: 1, toTimestamp: 2 },
    segmentId: '',
    timestampMs: 0,
    controlMetadata: '',
    metadata,
  },
  {
    kind: 'control',
    message: { type: 'batch_hint', suggestedBatchSize: 0 },
    segmentId: '',
    timestampMs: 0,
    controlMetadata: '',
    metadata,
  },
  {
    kind: 'control',
    message: { type: 'deadline_warning', deadlineUs: 9 },
    segmentId: '',
    timestampMs: 0,
    controlMetadata: '',
    metadata,
  },
];

describe('runtime data crosses the wire unchanged', () => {
  test.each(EXAMPLES)('$kind', (data) => {
    const buffer = toDataBuffer(data);
    const received = decodeMessage(DataBuffer, encodeMessage(DataBuffer, buffer));
    expect(received).toEqual(buffer);
    expect(fromDataBuffer(received)).toEqual(data);
    expect(Object.keys(fromDataBuffer(received).metadata)).toEqual(Object.keys(data.metadata));
  });

  test('also metadata under the key __proto__', () => {
    const data = fromDataBuffer(
      DataBuffer.fromPartial({
        dataType: { $case: 'binary', value: { data: bytes } },
        metadata: new Map([['__proto__', 'kept']]),
      }),
    );
    expect(Object.entries(data.metadata)).toEqual([['__proto__', 'kept']]);
    expect(toDataBuffer(data).metadata.get('__proto__')).toBe('kept');
  });
});

test('bytes are the same object on both sides', () => {
  const data = EXAMPLES[0] as AudioData;
  const buffer = toDataBuffer(data);
  expect((buffer.dataType as unknown as { value: AudioData }).value.samples).toBe(data.samples);
  expect((fromDataBuffer(buffer) as AudioData).samples).toBe(data.samples);
});

test('a buffer without content is refused', () => {
  expect(() => fromDataBuffer(DataBuffer.fromPartial({}))).toThrow('no content');
});

test('named buffers are a composite, which has no other form on the wire', () => {
  const parts = new Map<string, RuntimeData>(EXAMPLES.slice(2, 5).map((data, index) => [`part ${index}`, data]));
  const composite = fromNamedBuffers(toNamedBuffers(parts));
  expect(composite).toEqual({ kind: 'composite', buffers: parts, metadata: {} });
  expect(() => toDataBuffer(composite)).toThrow('composite has no form on the wire');
});
