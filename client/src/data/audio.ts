import {
  AUDIO_FORMAT,
  type AudioData,
  bytesOf,
  bytesPerSample,
  formatOfWav,
  fromWavBytes,
  isSampleFormat,
  type Metadata,
  makeWavHeader,
  RemoteMediaError,
  type SampleArray,
  type SampleFormat,
  toFloat32,
  toWavBytes,
  viewSamples,
  WavError,
  type WavLayout,
  type WavSampleFormat,
  wavEncoding,
  wavLayoutOf,
} from '@remotemedia/contract';

/** What samples do not say themselves. */
export interface AudioOptions {
  /** Samples per second of one channel. */
  readonly sampleRate: number;
  /** Default 1. */
  readonly channels?: number;
  readonly metadata?: Metadata;
}

/**
 * Audio of interleaved samples: floats of full scale 1, or integers of 16 or 32 bits. The samples are not copied.
 *
 * @throws RemoteMediaError `input.invalid` for samples that are no whole frames (one sample of every channel).
 */
export function audioFromSamples(samples: SampleArray, options: AudioOptions): AudioData {
  const { sampleRate, channels = 1, metadata = {} } = options;
  if (!Number.isInteger(samples.length / channels)) {
    throw invalid(`${samples.length} samples are no whole frames of ${channels} channels`, 'Send whole frames.');
  }
  const format = formatOf(samples);
  return makeAudio(bytesOf(samples), { sampleRate, channels, format, metadata });
}

/**
 * The samples, interleaved, in the format that they have: a view where the bytes allow it, so do not write into it.
 *
 * @throws RemoteMediaError `input.invalid` for audio without a known format.
 */
export function audioToSamples(audio: AudioData): SampleArray {
  return viewSamples(audio.samples, checkFormat(audio));
}

/** The samples, interleaved, as floats of full scale 1. A view where they are floats already. */
export function audioToFloat32(audio: AudioData): Float32Array {
  return toFloat32(audio.samples, checkFormat(audio));
}

/**
 * The audio of a WAV file: PCM of 16, 24 or 32 bits, or floats of 32 or 64 bits. 24 bits become I32, 64-bit floats F32,
 * the others stay as they are.
 *
 * @throws RemoteMediaError `input.invalid` for anything else, with what it is.
 */
export function audioFromWav(file: Uint8Array, options: { readonly metadata?: Metadata } = {}): AudioData {
  const layout = layoutOf(file);
  const { dataOffset, dataBytes, sampleRate, channels } = layout;
  const format = formatOfWav(layout);
  const samples = fromWavBytes(file.subarray(dataOffset, dataOffset + dataBytes), layout, format);
  return makeAudio(samples, { sampleRate, channels, format, metadata: options.metadata ?? {} });
}

/**
 * A WAV file of the audio, with its samples as they are (`keep`) or as 16, 24 or 32-bit integers or 32-bit floats.
 * Values beyond full scale saturate.
 *
 * @throws RemoteMediaError `input.invalid` for audio without a known format.
 */
export function audioToWav(audio: AudioData, format: WavSampleFormat = 'keep'): Uint8Array {
  const own = checkFormat(audio);
  const wav = { ...wavEncoding(format, own), sampleRate: audio.sampleRate, channels: audio.channels };
  const samples = toWavBytes(audio.samples, own, wav);
  const header = makeWavHeader(wav, samples.byteLength);
  // A chunk of an odd length is followed by a byte that does not count.
  const file = new Uint8Array(header.byteLength + samples.byteLength + (samples.byteLength % 2));
  file.set(header);
  file.set(samples, header.byteLength);
  return file;
}

function makeAudio(samples: Uint8Array, shape: Required<AudioOptions> & { readonly format: SampleFormat }): AudioData {
  const numSamples = samples.byteLength / bytesPerSample(shape.format);
  return { kind: 'audio', samples, ...shape, numSamples, metadataJson: null };
}

function formatOf(samples: SampleArray): SampleFormat {
  if (samples instanceof Float32Array) return AUDIO_FORMAT.F32;
  return samples instanceof Int16Array ? AUDIO_FORMAT.I16 : AUDIO_FORMAT.I32;
}

function checkFormat({ format }: AudioData): SampleFormat {
  if (isSampleFormat(format)) return format;
  throw invalid(`The audio has the unknown sample format ${format}`, 'Set format to 1 (F32), 2 (I16) or 3 (I32).');
}

function layoutOf(file: Uint8Array): WavLayout {
  try {
    return wavLayoutOf(file);
  } catch (error) {
    if (error instanceof WavError) throw invalid(`The file ${error.message}`, error.hint);
    throw error;
  }
}

function invalid(message: string, hint: string): RemoteMediaError {
  return new RemoteMediaError('input.invalid', message, { hint });
}
