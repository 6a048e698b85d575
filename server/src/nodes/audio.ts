/** What nodes ask of audio: that it is well formed, and of one shape. */
import {
  type AudioData,
  bytesPerSample,
  isSampleFormat,
  type Metadata,
  RemoteMediaError,
  type SampleFormat,
} from '@remotemedia/contract';

const FORMAT_NAMES: Record<SampleFormat, string> = { 1: 'F32', 2: 'I16', 3: 'I32' };

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

function isAudio(data: { readonly kind: string }): data is AudioData {
  return data.kind === 'audio';
}

function invalid(nodeId: string, what: string, hint: string): RemoteMediaError {
  return new RemoteMediaError('input.invalid', `Node '${nodeId}' ${what}`, { nodeId, hint });
}
