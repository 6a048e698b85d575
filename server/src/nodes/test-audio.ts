/** Audio for tests. */
import { AUDIO_FORMAT, type AudioData, type Frame, type Metadata } from '@remotemedia/contract';
import { type AudioShape, makeAudio } from './audio.js';

export const MONO_16K: AudioShape = { sampleRate: 16_000, channels: 1, format: AUDIO_FORMAT.I16 };

/** Audio of that shape over a typed array. */
export function audioOf(
  samples: Int16Array | Int32Array | Float32Array,
  shape: AudioShape = MONO_16K,
  metadata: Metadata = {},
): AudioData {
  const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  return makeAudio(shape, bytes, { metadata, metadataJson: null });
}

/** 16-bit samples 0, 1, 2, … */
export function countingSamples(length: number): Int16Array {
  return Int16Array.from({ length }, (_, i) => i);
}

/** Cuts samples into pieces of the given sizes, repeated until all are used. */
export function cut<Samples extends Int16Array | Int32Array | Float32Array>(
  samples: Samples,
  sizes: readonly number[],
): Samples[] {
  const pieces: Samples[] = [];
  for (let at = 0, i = 0; at < samples.length; i++) {
    const size = sizes[i % sizes.length] ?? samples.length;
    pieces.push(samples.subarray(at, at + size) as Samples);
    at += size;
  }
  return pieces;
}

export function audioFrames(frames: readonly Frame[]): AudioData[] {
  return frames.map(({ data }) => {
    if (data.kind !== 'audio') throw new TypeError(`not audio but ${data.kind}`);
    return data;
  });
}

/** All bytes of all pieces. */
export function joinedBytes(pieces: readonly AudioData[]): Buffer {
  return Buffer.concat(pieces.map((piece) => piece.samples));
}

/** All 16-bit samples of all pieces. */
export function joined16(pieces: readonly AudioData[]): Int16Array {
  const bytes = new Uint8Array(joinedBytes(pieces));
  return new Int16Array(bytes.buffer);
}

/** All 32-bit float samples of all pieces. */
export function joinedF32(pieces: readonly AudioData[]): Float32Array {
  const bytes = new Uint8Array(joinedBytes(pieces));
  return new Float32Array(bytes.buffer);
}
