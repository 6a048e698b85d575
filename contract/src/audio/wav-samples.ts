/** Samples as a WAV file has them, and as nodes take them. */
import { alignedBytes } from '../wire/array-bytes.js';
import { AUDIO_FORMAT, convertSamples, fromFloat32, type SampleFormat } from './sample-format.js';
import type { WavFormat } from './wav-format.js';

/** The sample format that holds every value of the file's format (64-bit floats lose what 32 bits cannot hold). */
export function formatOfWav(format: WavFormat): SampleFormat {
  if (format.encoding === 'float') return AUDIO_FORMAT.F32;
  return format.bits === 16 ? AUDIO_FORMAT.I16 : AUDIO_FORMAT.I32;
}

/** Sample formats of WAV files that are written; `keep` is that of the samples themselves. */
export type WavSampleFormat = 'keep' | 'i16' | 'i24' | 'i32' | 'f32';

/** How a file has its samples that are `own` in memory. */
export function wavEncoding(format: WavSampleFormat, own: SampleFormat): Pick<WavFormat, 'encoding' | 'bits'> {
  switch (format) {
    case 'keep':
      return own === AUDIO_FORMAT.F32
        ? { encoding: 'float', bits: 32 }
        : { encoding: 'integer', bits: own === AUDIO_FORMAT.I16 ? 16 : 32 };
    case 'f32':
      return { encoding: 'float', bits: 32 };
    case 'i16':
    case 'i24':
    case 'i32':
      return { encoding: 'integer', bits: Number(format.slice(1)) };
  }
}

/** Bytes of the file as samples of `to`; the bytes themselves where nothing has to change. */
export function fromWavBytes(bytes: Uint8Array, format: WavFormat, to: SampleFormat): Uint8Array {
  const own = formatOfWav(format);
  if (format.bits === 24) return convertSamples(widen24(bytes), own, to);
  if (format.bits === 64) return fromFloat32(Float32Array.from(viewFloat64(bytes)), to);
  return convertSamples(bytes, own, to);
}

/** Samples of `from` as bytes of a file with `format`; the bytes themselves where nothing has to change. */
export function toWavBytes(samples: Uint8Array, from: SampleFormat, format: WavFormat): Uint8Array {
  const converted = convertSamples(samples, from, formatOfWav(format));
  return format.bits === 24 ? narrow24(converted) : converted;
}

/** 24-bit integers in the upper three bytes of 32-bit ones. */
function widen24(bytes: Uint8Array): Uint8Array {
  const wide = new Uint8Array((bytes.byteLength / 3) * 4);
  for (let from = 0, to = 0; from < bytes.byteLength; from += 3, to += 4) {
    wide[to + 1] = bytes[from] ?? 0;
    wide[to + 2] = bytes[from + 1] ?? 0;
    wide[to + 3] = bytes[from + 2] ?? 0;
  }
  return wide;
}

/** The upper three bytes of 32-bit integers, rounded. */
function narrow24(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const narrow = new Uint8Array((bytes.byteLength / 4) * 3);
  for (let from = 0, to = 0; from < bytes.byteLength; from += 4, to += 3) {
    const value = Math.min(0x7fffff, Math.round(view.getInt32(from, true) / 256));
    narrow[to] = value;
    narrow[to + 1] = value >> 8;
    narrow[to + 2] = value >> 16;
  }
  return narrow;
}

function viewFloat64(bytes: Uint8Array): Float64Array {
  const own = alignedBytes(bytes, 8);
  return new Float64Array(own.buffer, own.byteOffset, own.byteLength / 8);
}
