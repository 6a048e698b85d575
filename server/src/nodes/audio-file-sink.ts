import { basename } from 'node:path';
import {
  type FileData,
  MAX_WAV_DATA_BYTES,
  makeWavHeader,
  RemoteMediaError,
  type RuntimeData,
  toWavBytes,
  type WavFormat,
  type WavSampleFormat,
  wavEncoding,
  wavFrameBytes,
} from '@remotemedia/contract';
import { z } from 'zod';
import { type AudioShape, checkAudio, shapeText } from './audio.js';
import { createMediaFile, type MediaOutput } from './media-files.js';
import { defineNode, type NodeContext, type NodeInstance } from './node.js';

const params = z.strictObject({
  path: z
    .string()
    .min(1)
    .describe('The WAV file to write: relative to a folder of limits.media_roots, or absolute and below one.'),
  format: z
    .enum(['keep', 'i16', 'i24', 'i32', 'f32'])
    .default('keep')
    .describe('Sample format in the file; keep: that of the first input.'),
  overwrite: z.boolean().default(true).describe('false: a file that is there already is an error.'),
});

type Params = z.output<typeof params>;

/** What is written, and how. */
export type AudioFileSinkOptions = Pick<Params, 'path' | 'format'>;

/** Writes a WAV file. */
export const audioFileSink = defineNode({
  type: 'AudioFileSinkNode',
  aliases: ['WavSinkNode'],
  description:
    'Writes all audio into one WAV file, which gets its name when it is complete, and then gives a file message with its path and size. Without any audio it writes no file.',
  params,
  inputs: ['audio'],
  outputs: ['file'],
  async create(given, context) {
    const output = await createMediaFile(given.path, context, { overwrite: given.overwrite });
    return new AudioFileSink(given, context, output);
  },
});

/** Writes audio into a WAV file that it was given open. */
export class AudioFileSink implements NodeInstance {
  readonly #params: AudioFileSinkOptions;
  readonly #context: NodeContext;
  readonly #output: MediaOutput;
  /** Set by the first audio. */
  #wav: { readonly format: WavFormat; readonly header: number; dataBytes: number } | null = null;

  constructor(given: AudioFileSinkOptions, context: NodeContext, output: MediaOutput) {
    this.#params = given;
    this.#context = context;
    this.#output = output;
  }

  async process(data: RuntimeData): Promise<void> {
    const input = checkAudio(data, this.#context.nodeId);
    this.#wav ??= this.#begin(input);
    const { format, header } = this.#wav;
    refuseOtherShape(format, input, this.#context.nodeId);
    const bytes = toWavBytes(input.data.samples, input.format, format);
    if (this.#wav.dataBytes + bytes.byteLength > MAX_WAV_DATA_BYTES) throw this.#tooLong();
    await writeFully(this.#output, bytes, header + this.#wav.dataBytes);
    this.#wav.dataBytes += bytes.byteLength;
  }

  async flush(): Promise<FileData | null> {
    if (this.#wav === null) {
      this.#context.log.warn(`no audio came, ${this.#params.path} is not written`);
      await this.#output.discard();
      return null;
    }
    const { format, header, dataBytes } = this.#wav;
    if (dataBytes % 2 === 1) await writeFully(this.#output, new Uint8Array(1), header + dataBytes);
    await writeFully(this.#output, makeWavHeader(format, dataBytes), 0);
    await this.#output.commit();
    const size = header + dataBytes + (dataBytes % 2);
    return {
      kind: 'file',
      path: this.#output.path,
      filename: basename(this.#output.path),
      mimeType: 'audio/wav',
      size,
      offset: 0,
      length: size,
      streamId: '',
      metadata: { duration_ms: String(Math.round((dataBytes / wavFrameBytes(format) / format.sampleRate) * 1000)) },
    };
  }

  close(): Promise<void> {
    return this.#output.discard();
  }

  #begin(input: AudioShape): { format: WavFormat; header: number; dataBytes: number } {
    const format = wavFormatOf(this.#params.format, input);
    return { format, header: makeWavHeader(format, 0).byteLength, dataBytes: 0 };
  }

  #tooLong(): RemoteMediaError {
    const { nodeId } = this.#context;
    return new RemoteMediaError('node.failed', `Node '${nodeId}' has written 4 GiB, the most a WAV file can hold`, {
      nodeId,
      hint: 'Use a smaller format or a lower rate, or run shorter sessions.',
    });
  }
}

/** How a WAV file has audio of that shape. */
export function wavFormatOf(samples: WavSampleFormat, { format, sampleRate, channels }: AudioShape): WavFormat {
  return { ...wavEncoding(samples, format), sampleRate, channels };
}

/** @throws RemoteMediaError `input.invalid` where the audio has another rate or number of channels than the file */
export function refuseOtherShape(format: WavFormat, input: AudioShape, nodeId: string): void {
  if (input.sampleRate === format.sampleRate && input.channels === format.channels) return;
  const text = `Node '${nodeId}' writes ${format.sampleRate} Hz with ${format.channels} channels and got ${shapeText(input)}`;
  throw new RemoteMediaError('input.invalid', text, {
    nodeId,
    hint: 'A WAV file has one rate and one number of channels; put a ResampleNode before it.',
  });
}

async function writeFully(output: MediaOutput, bytes: Uint8Array, position: number): Promise<void> {
  let written = 0;
  while (written < bytes.byteLength) {
    const { bytesWritten } = await output.handle.write(bytes, written, bytes.byteLength - written, position + written);
    written += bytesWritten;
  }
}
