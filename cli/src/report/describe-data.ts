import type { AudioData, RuntimeData } from '@remotemedia/contract';

const BYTES_PER_SAMPLE: Readonly<Record<number, number>> = { 1: 4, 2: 2, 3: 4 };
const UTF8 = 'utf-8';

/** Length of an audio buffer in seconds, by its bytes. */
export function audioSeconds({ samples, format, channels, sampleRate }: AudioData): number {
  const frameBytes = (BYTES_PER_SAMPLE[format] ?? 1) * Math.max(1, channels);
  return samples.byteLength / frameBytes / Math.max(1, sampleRate);
}

/** The text of data that is text, else null. */
export function asText(data: RuntimeData): string | null {
  if (data.kind === 'json') return data.jsonPayload;
  if (data.kind !== 'text') return null;
  try {
    return new TextDecoder(data.encoding === '' ? UTF8 : data.encoding).decode(data.textData);
  } catch {
    // An encoding that this machine does not know; the bytes are shown as well as they can be.
    return new TextDecoder(UTF8).decode(data.textData);
  }
}

/** One line about data of any kind. */
export function describeData(data: RuntimeData): string {
  switch (data.kind) {
    case 'audio':
      return `${audioSeconds(data).toFixed(2)} s of audio, ${data.sampleRate} Hz, ${channelsText(data.channels)}`;
    case 'video':
      return `video frame ${data.frameNumber}, ${data.width}×${data.height}`;
    case 'tensor':
    case 'numpy':
      return `${data.kind} of shape [${data.shape.join(', ')}]`;
    case 'text':
    case 'json':
      return asText(data) ?? '';
    case 'binary':
      return `${data.data.byteLength} bytes of ${data.mimeType === '' ? 'binary data' : data.mimeType}`;
    case 'file':
      return `file ${data.path === '' ? data.filename : data.path}`;
    case 'control':
      return `control message ${data.message?.type ?? 'without content'}`;
    case 'composite':
      return `composite of ${[...data.buffers.keys()].join(', ')}`;
  }
}

export function channelsText(channels: number): string {
  return channels === 1 ? '1 channel' : `${channels} channels`;
}

/** The facts about data that a line of JSON can hold; bulk data is left to `-o`. */
export function dataFacts(data: RuntimeData): Record<string, unknown> {
  switch (data.kind) {
    case 'audio':
      return { kind: data.kind, seconds: audioSeconds(data), sample_rate: data.sampleRate, channels: data.channels };
    case 'video':
      return { kind: data.kind, width: data.width, height: data.height, frame_number: data.frameNumber };
    case 'tensor':
    case 'numpy':
      return { kind: data.kind, shape: data.shape, dtype: data.dtype };
    case 'text':
      return { kind: data.kind, text: asText(data), language: data.language };
    case 'json':
      return { kind: data.kind, ...parsedJson(data.jsonPayload) };
    case 'binary':
      return { kind: data.kind, bytes: data.data.byteLength, mime_type: data.mimeType };
    case 'file':
      return { kind: data.kind, path: data.path, filename: data.filename, size: data.size };
    case 'control':
      return { kind: data.kind, message: data.message };
    case 'composite':
      return { kind: data.kind, buffers: [...data.buffers].map(([name, each]) => ({ name, ...dataFacts(each) })) };
  }
}

function parsedJson(text: string): Record<string, unknown> {
  try {
    return { json: JSON.parse(text) as unknown };
  } catch {
    return { text };
  }
}
