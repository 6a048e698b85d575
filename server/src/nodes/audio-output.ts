import {
  AUDIO_FORMAT,
  type AudioData,
  type BinaryData,
  type FileData,
  makeWavHeader,
  RemoteMediaError,
  type RuntimeData,
  type SampleFormat,
  toWavBytes,
  type WavFormat,
  wavFrameBytes,
} from '@remotemedia/contract';
import { z } from 'zod';
import { checkAudio } from './audio.js';
import { AudioConverter } from './audio-converter.js';
import { AudioFileSink, refuseOtherShape, wavFormatOf } from './audio-file-sink.js';
import { MAX_CHANNELS } from './channel-mix.js';
import { resolveFormat } from './format-param.js';
import { GrowingBytes } from './growing-bytes.js';
import { createMediaFile } from './media-files.js';
import { defineNode, type NodeContext, type NodeInstance } from './node.js';
import { RATE_LIMITS } from './rate-converter.js';

const MIB = 1024 * 1024;

const params = z
  .strictObject({
    path: z
      .string()
      .min(1)
      .optional()
      .describe('A WAV file to write, as AudioFileSinkNode does. Without it the audio goes to the results.'),
    overwrite: z.boolean().optional().describe('With path, false: a file that is there already is an error.'),
    container: z
      .enum(['none', 'wav'])
      .default('none')
      .describe(
        'Without path, none: pieces of audio as they come. wav: one WAV file, as a binary message, at the end.',
      ),
    max_bytes: z
      .int()
      .min(1024)
      .max(256 * MIB)
      .default(64 * MIB)
      .describe('Without path: the most that the one message of container wav may hold.'),
    sample_rate: z
      .int()
      .min(1000)
      .max(RATE_LIMITS.maxRate)
      .optional()
      .describe('The rate in Hz to which the audio is converted first. Not given: that of the input.'),
    channels: z
      .int()
      .min(1)
      .max(MAX_CHANNELS)
      .optional()
      .describe('The channels to which it is mixed first: many to one, or one to many. Not given: those of the input.'),
    format: z
      .enum(['keep', 'f32', 'i16', 'i24', 'i32'])
      .default('keep')
      .describe('Sample format; keep: that of the input. i24 is for files.'),
  })
  .refine(({ path, overwrite }) => path !== undefined || overwrite === undefined, {
    message: 'overwrite is for a file: give path too',
    path: ['overwrite'],
  })
  .refine(({ path, container, format }) => format !== 'i24' || path !== undefined || container === 'wav', {
    message: 'format i24 is for files: give path, or container wav',
    path: ['format'],
  });

type Params = z.output<typeof params>;

/** Where audio leaves a pipeline. */
export const audioOutput = defineNode({
  type: 'AudioOutputNode',
  description:
    'Gives audio out of a pipeline: into a WAV file (path), as one WAV message at the end (container wav), or piece by piece as it comes; in another rate, format or number of channels where asked.',
  params,
  inputs: ['audio'],
  outputs: ['audio', 'binary', 'file'],
  // Left out, they are those of the input, which then is not told: one of three may be set and the others not.
  outputFormat: { sample_rate: 'param:sample_rate', channels: 'param:channels', format: null },
  create: async (given, context) => new AudioOutput(given, context, await openTarget(given, context)),
});

/** There are no messages of 24 bits: the file's writer makes them of these, which hold as many. */
function formatBeforeI24(input: SampleFormat): SampleFormat {
  return input === AUDIO_FORMAT.I16 ? AUDIO_FORMAT.I32 : input;
}

/** What takes the converted audio. */
interface Target {
  take(audio: AudioData): Promise<AudioData | null>;
  finish(): Promise<FileData | BinaryData | null>;
  close(): Promise<void>;
}

class AudioOutput implements NodeInstance {
  readonly #nodeId: string;
  readonly #converter: AudioConverter;
  readonly #target: Target;

  constructor({ sample_rate, channels, format }: Params, { nodeId }: NodeContext, target: Target) {
    this.#nodeId = nodeId;
    this.#converter = new AudioConverter({
      nodeId,
      quality: 'medium',
      targetOf: (input) => ({
        sampleRate: sample_rate ?? input.sampleRate,
        channels: channels ?? input.channels,
        format: format === 'i24' ? formatBeforeI24(input.format) : resolveFormat(format, input.format),
      }),
    });
    this.#target = target;
  }

  async *process(data: RuntimeData): AsyncGenerator<AudioData> {
    yield* this.#pass(this.#converter.convert(checkAudio(data, this.#nodeId)));
  }

  async *flush(): AsyncGenerator<AudioData | FileData | BinaryData> {
    yield* this.#pass(this.#converter.flush());
    const last = await this.#target.finish();
    if (last !== null) yield last;
  }

  async close(): Promise<void> {
    this.#converter.close();
    await this.#target.close();
  }

  async *#pass(pieces: Iterable<AudioData> | AsyncIterable<AudioData>): AsyncGenerator<AudioData> {
    for await (const piece of pieces) {
      const passed = await this.#target.take(piece);
      if (passed !== null) yield passed;
    }
  }
}

async function openTarget(
  { path, overwrite, container, max_bytes, format }: Params,
  context: NodeContext,
): Promise<Target> {
  if (path !== undefined) {
    const output = await createMediaFile(path, context, { overwrite: overwrite ?? true });
    return fileTarget(new AudioFileSink({ path, format }, context, output));
  }
  return container === 'wav' ? new WavMessage(format, max_bytes, context) : PASSING_TARGET;
}

function fileTarget(sink: AudioFileSink): Target {
  return {
    async take(audio) {
      await sink.process(audio);
      return null;
    },
    finish: () => sink.flush(),
    close: () => sink.close(),
  };
}

/** Pieces leave as they come: the converter has given them their format. */
const PASSING_TARGET: Target = {
  take: async (audio) => audio,
  finish: async () => null,
  close: async () => {},
};

/** Collects all audio in one WAV file in memory. */
class WavMessage implements Target {
  readonly #format: Params['format'];
  readonly #maxBytes: number;
  readonly #context: NodeContext;
  /** Set by the first audio. The bytes begin with room for the header. */
  #wav: { readonly format: WavFormat; readonly headerBytes: number; readonly bytes: GrowingBytes } | null = null;

  constructor(format: Params['format'], maxBytes: number, context: NodeContext) {
    this.#format = format;
    this.#maxBytes = maxBytes;
    this.#context = context;
  }

  async take(audio: AudioData): Promise<null> {
    const input = checkAudio(audio, this.#context.nodeId);
    this.#wav ??= this.#begin(wavFormatOf(this.#format, input));
    const { format, bytes } = this.#wav;
    refuseOtherShape(format, input, this.#context.nodeId);
    const samples = toWavBytes(audio.samples, input.format, format);
    // One byte may be needed behind an odd number of them.
    if (bytes.byteLength + samples.byteLength + 1 > this.#maxBytes) throw this.#tooLong();
    bytes.append(samples);
    return null;
  }

  async finish(): Promise<BinaryData | null> {
    if (this.#wav === null) {
      this.#context.log.warn('no audio came, so there is no WAV message');
      return null;
    }
    const { format, headerBytes, bytes } = this.#wav;
    const dataBytes = bytes.byteLength - headerBytes;
    if (dataBytes % 2 === 1) bytes.append(new Uint8Array(1));
    const data = bytes.bytes();
    data.set(makeWavHeader(format, dataBytes));
    const durationMs = Math.round((dataBytes / wavFrameBytes(format) / format.sampleRate) * 1000);
    this.#wav = null;
    return { kind: 'binary', data, mimeType: 'audio/wav', metadata: { duration_ms: String(durationMs) } };
  }

  async close(): Promise<void> {
    this.#wav = null;
  }

  #begin(format: WavFormat): { format: WavFormat; headerBytes: number; bytes: GrowingBytes } {
    const bytes = new GrowingBytes(this.#maxBytes);
    const headerBytes = bytes.append(makeWavHeader(format, 0));
    return { format, headerBytes, bytes };
  }

  #tooLong(): RemoteMediaError {
    const { nodeId } = this.#context;
    const text = `Node '${nodeId}' has more audio than one message of max_bytes (${this.#maxBytes}) holds`;
    const hint = 'Raise max_bytes, or use container none or a path.';
    const details = { allowed: this.#maxBytes };
    return new RemoteMediaError('limit.message_size', text, { nodeId, hint, details });
  }
}
