import {
  type AudioData,
  convertSamples,
  fromFloat32,
  type Metadata,
  RemoteMediaError,
  type RuntimeData,
  toFloat32,
} from '@remotemedia/contract';
import { z } from 'zod';
import { type AudioShape, type CheckedAudio, checkAudio, isSameShape, makeAudio, shapeText } from './audio.js';
import { formatParam, resolveFormat } from './format-param.js';
import { defineNode, type NodeInstance } from './node.js';
import { RATE_LIMITS, RateConverter, type ResampleQuality } from './rate-converter.js';
import { speechMark, withSpeechMark } from './speech-mark.js';

const params = z.strictObject({
  target_rate: z.int().min(1000).max(RATE_LIMITS.maxRate).describe('Samples per second of the output.'),
  quality: z
    .string()
    .toLowerCase()
    .pipe(z.enum(['fast', 'medium', 'high', 'low']))
    .transform((quality): ResampleQuality => (quality === 'low' ? 'fast' : quality))
    // Not `default`: that is what comes out, which JSON Schema leaves unsaid.
    .prefault('medium')
    .describe(
      'fast (or low), medium or high, in any letter case. How steep the filter is: the pass band ends at about 80, 90 or 96 % of half the lower rate.',
    ),
  format: formatParam,
  source_rate: z
    .int()
    .positive()
    .optional()
    .describe('The rate that the input must have; where it is given, audio of another rate is an error.'),
  channels: z
    .int()
    .positive()
    .optional()
    .describe('The channels that the input must have; where it is given, audio of another number is an error.'),
});

type Params = z.output<typeof params>;

/** Changes the sample rate of audio. */
export const resample = defineNode({
  type: 'ResampleNode',
  aliases: ['FastResampleNode'],
  description:
    'Changes the sample rate with a band-limited filter. Output is aligned in time with the input and as long as it; each utterance marked by a voice gate is converted for itself.',
  params,
  inputs: ['audio'],
  outputs: ['audio'],
  outputFormat: { sample_rate: 'param:target_rate', channels: 'input', format: 'param:format' },
  create: (given, context) => new Resample(given, context.nodeId),
});

/** Audio at the rate of `target_rate`, piece by piece. */
export class Resample implements NodeInstance {
  readonly #params: Params;
  readonly #nodeId: string;
  #converter: RateConverter | null = null;
  /** Shape and metadata of the latest input, for what the filter still holds. */
  #latest: { readonly shape: AudioShape; readonly metadata: Metadata } | null = null;

  constructor(given: Params, nodeId: string) {
    this.#params = given;
    this.#nodeId = nodeId;
  }

  process(data: RuntimeData): Iterable<AudioData> | AsyncIterable<AudioData> {
    const input = checkAudio(data, this.#nodeId);
    const isSame = this.#latest !== null && isSameShape(this.#latest.shape, input);
    return isSame ? this.#convert(input) : this.#restart(input);
  }

  *flush(): Generator<AudioData> {
    if (this.#latest === null || this.#converter === null) return;
    const { shape, metadata } = this.#latest;
    const tail = this.#converter.finish();
    if (tail.length === 0) return;
    const mark = speechMark(metadata) === 'start' ? 'continue' : null;
    yield this.#makeOutput(shape, tail, { metadata: withSpeechMark(metadata, mark), metadataJson: null });
  }

  close(): void {
    this.#converter?.close();
    this.#converter = null;
  }

  async *#restart(input: CheckedAudio): AsyncGenerator<AudioData> {
    checkDeclared(input, this.#params, this.#nodeId);
    yield* this.flush();
    this.close();
    if (input.sampleRate !== this.#params.target_rate) {
      checkLimits(input, this.#params.target_rate, this.#nodeId);
      this.#converter = await RateConverter.open({
        channels: input.channels,
        fromRate: input.sampleRate,
        toRate: this.#params.target_rate,
        quality: this.#params.quality,
      });
    }
    yield* this.#convert(input);
  }

  *#convert(input: CheckedAudio): Generator<AudioData> {
    const { sampleRate, channels, format, data } = input;
    this.#latest = { shape: { sampleRate, channels, format }, metadata: data.metadata };
    if (this.#converter === null) {
      const shape = this.#outputShape(input);
      yield shape.format === format ? data : makeAudio(shape, convertSamples(data.samples, format, shape.format), data);
      return;
    }
    const mark = speechMark(data.metadata);
    // What comes after the end of an utterance is not its continuation: the filter's rest belongs to the end.
    const samples = this.#converter.convert(toFloat32(data.samples, format), { isLast: mark === 'end' });
    if (samples.length > 0 || mark === 'start' || mark === 'end') yield this.#makeOutput(input, samples, data);
  }

  #makeOutput(
    input: AudioShape,
    samples: Float32Array,
    source: Pick<AudioData, 'metadata' | 'metadataJson'>,
  ): AudioData {
    const shape = this.#outputShape(input);
    return makeAudio(shape, fromFloat32(samples, shape.format), source);
  }

  #outputShape(input: AudioShape): AudioShape {
    const format = resolveFormat(this.#params.format, input.format);
    return { sampleRate: this.#params.target_rate, channels: input.channels, format };
  }
}

/** What the manifest says of the input must be true of it. */
function checkDeclared(input: AudioShape, { source_rate, channels }: Params, nodeId: string): void {
  if (source_rate !== undefined && source_rate !== input.sampleRate) {
    const text = `Node '${nodeId}' is set to a source_rate of ${source_rate} Hz and got audio of ${input.sampleRate} Hz`;
    const hint = 'Leave source_rate out to take any rate, or send audio of that rate.';
    throw new RemoteMediaError('input.invalid', text, { nodeId, hint });
  }
  if (channels !== undefined && channels !== input.channels) {
    const text = `Node '${nodeId}' is set to ${channels} channels and got audio of ${input.channels}`;
    const hint = 'Leave channels out to take any number, or put a ChannelMixNode before it.';
    throw new RemoteMediaError('input.invalid', text, { nodeId, hint });
  }
}

function checkLimits(input: AudioShape, targetRate: number, nodeId: string): void {
  const { maxRate, maxRatio, maxChannels } = RATE_LIMITS;
  const ratio = targetRate / input.sampleRate;
  const isPossible =
    input.sampleRate <= maxRate && ratio <= maxRatio && ratio >= 1 / maxRatio && input.channels <= maxChannels;
  if (isPossible) return;
  const text = `Node '${nodeId}' cannot resample ${shapeText(input)} to ${targetRate} Hz`;
  const hint = `At most ${maxRate} Hz, a factor of ${maxRatio} and ${maxChannels} channels are possible.`;
  throw new RemoteMediaError('input.invalid', text, { nodeId, hint });
}
