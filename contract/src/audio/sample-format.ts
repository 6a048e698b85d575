/**
 * Sample formats: what the wire calls them, and how one becomes another.
 *
 * Full scale is 1.0 in F32, 32768 in I16 and 2147483648 in I32. Everything is interleaved and little endian, which is also
 * the byte order of every machine this runs on, so samples are read through typed arrays.
 */
import { alignedBytes, bytesOf } from '../wire/array-bytes.js';

/** `AudioFormat` of the wire. */
export const AUDIO_FORMAT = { F32: 1, I16: 2, I32: 3 } as const;

/** A sample format that nodes can work with. */
export type SampleFormat = (typeof AUDIO_FORMAT)[keyof typeof AUDIO_FORMAT];

/** Samples as numbers of their own format. */
export type SampleArray = Float32Array | Int16Array | Int32Array;

const I16_SCALE = 32_768;
const I32_SCALE = 2_147_483_648;

/** The number that stands for 1.0 in each format. */
export const FULL_SCALE: Record<SampleFormat, number> = { 1: 1, 2: I16_SCALE, 3: I32_SCALE };

export function isSampleFormat(format: number): format is SampleFormat {
  return format === AUDIO_FORMAT.F32 || format === AUDIO_FORMAT.I16 || format === AUDIO_FORMAT.I32;
}

export function bytesPerSample(format: SampleFormat): 2 | 4 {
  return format === AUDIO_FORMAT.I16 ? 2 : 4;
}

/** Samples as floats. F32 that lies on a 4-byte boundary is seen in place, not copied: do not write into the result. */
export function toFloat32(bytes: Uint8Array, format: SampleFormat): Float32Array {
  switch (format) {
    case AUDIO_FORMAT.F32: {
      const { buffer, byteOffset, byteLength } = alignedBytes(bytes, 4);
      return new Float32Array(buffer, byteOffset, byteLength / 4);
    }
    case AUDIO_FORMAT.I16:
      return scaled(viewI16(bytes), 1 / I16_SCALE);
    case AUDIO_FORMAT.I32:
      return scaled(viewI32(bytes), 1 / I32_SCALE);
  }
}

/**
 * Floats in another format. Integers are rounded to the nearest and saturate; NaN becomes silence. To I32 the 24 bits that
 * a float holds are kept.
 */
export function fromFloat32(samples: Float32Array, format: SampleFormat): Uint8Array {
  switch (format) {
    case AUDIO_FORMAT.F32:
      return bytesOf(samples);
    case AUDIO_FORMAT.I16:
      return bytesOf(quantize(samples, new Int16Array(samples.length), I16_SCALE));
    case AUDIO_FORMAT.I32:
      return bytesOf(quantize(samples, new Int32Array(samples.length), I32_SCALE));
  }
}

/** Samples in another format. The same format comes back as it is; between integers no detour over floats loses bits. */
export function convertSamples(bytes: Uint8Array, from: SampleFormat, to: SampleFormat): Uint8Array {
  if (from === to) return bytes;
  if (from === AUDIO_FORMAT.I16 && to === AUDIO_FORMAT.I32) {
    return bytesOf(Int32Array.from(viewI16(bytes), (sample) => sample * 65_536));
  }
  if (from === AUDIO_FORMAT.I32 && to === AUDIO_FORMAT.I16) {
    return bytesOf(quantize(viewI32(bytes), new Int16Array(bytes.byteLength / 4), 1 / 65_536));
  }
  return fromFloat32(toFloat32(bytes, from), to);
}

/** Samples seen in place as numbers of their own format; `FULL_SCALE` tells what 1.0 is there. Do not write into it. */
export function viewSamples(bytes: Uint8Array, format: SampleFormat): SampleArray {
  switch (format) {
    case AUDIO_FORMAT.F32:
      return toFloat32(bytes, format);
    case AUDIO_FORMAT.I16:
      return viewI16(bytes);
    case AUDIO_FORMAT.I32:
      return viewI32(bytes);
  }
}

function viewI16(bytes: Uint8Array): Int16Array {
  const { buffer, byteOffset, byteLength } = alignedBytes(bytes, 2);
  return new Int16Array(buffer, byteOffset, byteLength / 2);
}

function viewI32(bytes: Uint8Array): Int32Array {
  const { buffer, byteOffset, byteLength } = alignedBytes(bytes, 4);
  return new Int32Array(buffer, byteOffset, byteLength / 4);
}

function scaled(samples: Int16Array | Int32Array, factor: number): Float32Array {
  const out = new Float32Array(samples.length);
  for (let i = 0; i < samples.length; i++) out[i] = (samples[i] ?? 0) * factor;
  return out;
}

function quantize<Out extends Int16Array | Int32Array>(
  samples: Float32Array | Int32Array,
  out: Out,
  scale: number,
): Out {
  const limit = out instanceof Int16Array ? I16_SCALE : I32_SCALE;
  for (let i = 0; i < out.length; i++) {
    const value = Math.round((samples[i] ?? 0) * scale);
    // The element conversion turns NaN into 0.
    out[i] = Math.max(-limit, Math.min(limit - 1, value));
  }
  return out;
}
