/**
 * Sample formats: what the wire calls them, and how one becomes another.
 *
 * Full scale is 1.0 in F32, 32768 in I16 and 2147483648 in I32. Everything is interleaved and little endian, which is also
 * the byte order of every machine this runs on, so samples are read through typed arrays.
 */
import { type AudioData, type Metadata, RemoteMediaError } from '@remotemedia/contract';

/** `AudioFormat` of the wire. */
export const AUDIO_FORMAT = { F32: 1, I16: 2, I32: 3 } as const;

/** A sample format that nodes can work with. */
export type SampleFormat = (typeof AUDIO_FORMAT)[keyof typeof AUDIO_FORMAT];

const FORMAT_NAMES: Record<SampleFormat, string> = { 1: 'F32', 2: 'I16', 3: 'I32' };

const I16_SCALE = 32_768;
const I32_SCALE = 2_147_483_648;

/** The number that stands for 1.0 in each format. */
export const FULL_SCALE: Record<SampleFormat, number> = { 1: 1, 2: I16_SCALE, 3: I32_SCALE };

/** What has to stay the same for two pieces of audio to be one stream. */
export interface AudioShape {
  readonly sampleRate: number;
  readonly channels: number;
  readonly format: SampleFormat;
}

/** Audio that was checked: its shape, and how many frames (one sample of every channel) it holds. */
export interface CheckedAudio extends AudioShape {
  readonly data: AudioData;
  readonly frames: number;
  readonly frameBytes: number;
}

export function bytesPerSample(format: SampleFormat): 2 | 4 {
  return format === AUDIO_FORMAT.I16 ? 2 : 4;
}

/** Bytes of one sample of every channel. */
export function bytesPerFrame(shape: AudioShape): number {
  return bytesPerSample(shape.format) * shape.channels;
}

export function isSameShape(a: AudioShape, b: AudioShape): boolean {
  return a.sampleRate === b.sampleRate && a.channels === b.channels && a.format === b.format;
}

/** For messages: `16000 Hz, 1 channel, I16`. */
export function shapeText(shape: AudioShape): string {
  return `${shape.sampleRate} Hz, ${shape.channels} ${shape.channels === 1 ? 'channel' : 'channels'}, ${FORMAT_NAMES[shape.format]}`;
}

/**
 * Takes data that is audio with a usable description; `numSamples` is not trusted, the bytes count.
 *
 * @throws RemoteMediaError `input.invalid` for another kind of data, an unknown format, no rate, no channels, or a torn frame.
 */
export function checkAudio(data: { readonly kind: string }, nodeId: string): CheckedAudio {
  if (!isAudio(data))
    throw invalid(nodeId, `got ${data.kind} where it takes audio`, 'Connect it to a node that makes audio.');
  const { sampleRate, channels, format, samples } = data;
  if (!isSampleFormat(format)) {
    throw invalid(nodeId, `got audio of format ${format}`, 'Set format to 1 (F32), 2 (I16) or 3 (I32).');
  }
  if (!(sampleRate > 0)) throw invalid(nodeId, `got audio with sample_rate ${sampleRate}`, 'Set sample_rate, in Hz.');
  if (!(channels > 0)) throw invalid(nodeId, `got audio with ${channels} channels`, 'Set channels, 1 for mono.');
  const frameBytes = bytesPerSample(format) * channels;
  const frames = samples.byteLength / frameBytes;
  if (!Number.isInteger(frames)) {
    const facts = `${samples.byteLength} bytes of ${shapeText({ sampleRate, channels, format })} audio, ${frameBytes} bytes per frame`;
    throw invalid(nodeId, `got a torn frame: ${facts}`, 'Send whole frames: one sample of every channel.');
  }
  return { data, sampleRate, channels, format, frames, frameBytes };
}

/** Audio of that shape over `samples`, with the rest of `source`. */
export function makeAudio(
  shape: AudioShape,
  samples: Uint8Array,
  source: { readonly metadata: Metadata; readonly metadataJson: Uint8Array | null },
): AudioData {
  return {
    kind: 'audio',
    samples,
    sampleRate: shape.sampleRate,
    channels: shape.channels,
    format: shape.format,
    numSamples: samples.byteLength / bytesPerSample(shape.format),
    metadataJson: source.metadataJson,
    metadata: source.metadata,
  };
}

/** Samples as floats. F32 that lies on a 4-byte boundary is seen in place, not copied: do not write into the result. */
export function toFloat32(bytes: Uint8Array, format: SampleFormat): Float32Array {
  switch (format) {
    case AUDIO_FORMAT.F32: {
      const { buffer, byteOffset, byteLength } = aligned(bytes, 4);
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
export function viewSamples(bytes: Uint8Array, format: SampleFormat): Float32Array | Int16Array | Int32Array {
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
  const { buffer, byteOffset, byteLength } = aligned(bytes, 2);
  return new Int16Array(buffer, byteOffset, byteLength / 2);
}

function viewI32(bytes: Uint8Array): Int32Array {
  const { buffer, byteOffset, byteLength } = aligned(bytes, 4);
  return new Int32Array(buffer, byteOffset, byteLength / 4);
}

/** The same bytes where a typed array can see them; bytes out of a protobuf message may start anywhere. */
function aligned(bytes: Uint8Array, size: number): Uint8Array {
  // Not `slice` of the argument itself: on a Buffer it makes another view, not a copy.
  return bytes.byteOffset % size === 0 ? bytes : Uint8Array.prototype.slice.call(bytes);
}

function bytesOf(samples: Float32Array | Int16Array | Int32Array): Uint8Array {
  return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
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

function isAudio(data: { readonly kind: string }): data is AudioData {
  return data.kind === 'audio';
}

function isSampleFormat(format: number): format is SampleFormat {
  return format === AUDIO_FORMAT.F32 || format === AUDIO_FORMAT.I16 || format === AUDIO_FORMAT.I32;
}

function invalid(nodeId: string, what: string, hint: string): RemoteMediaError {
  return new RemoteMediaError('input.invalid', `Node '${nodeId}' ${what}`, { nodeId, hint });
}
