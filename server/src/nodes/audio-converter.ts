import {
  type AudioData,
  convertSamples,
  fromFloat32,
  type Metadata,
  RemoteMediaError,
  toFloat32,
} from '@remotemedia/contract';
import { type AudioShape, type CheckedAudio, checkAudio, isSameShape, makeAudio, shapeText } from './audio.js';
import { MAX_CHANNELS, mixChannels } from './channel-mix.js';
import { RATE_LIMITS, RateConverter, type ResampleQuality } from './rate-converter.js';
import { beginsUtterance, endsUtterance, speechMark, withSpeechMark } from './speech-mark.js';

export interface AudioConverterOptions {
  /** For errors. */
  readonly nodeId: string;
  readonly quality: ResampleQuality;
  /** What audio of a shape becomes. Asked once for each run of audio of one shape. */
  readonly targetOf: (input: AudioShape) => AudioShape;
}

/** What is done to audio of one shape. */
interface Run {
  readonly input: AudioShape;
  readonly target: AudioShape;
  /** Null: the rate stays. */
  readonly rates: RateConverter | null;
}

/**
 * Turns one stream of audio into another rate, number of channels or sample format.
 *
 * Output is aligned in time with the input and as long as it; each utterance marked by a voice gate is converted for itself.
 * Audio that is to stay as it is comes back as the same object.
 */
export class AudioConverter {
  readonly #options: AudioConverterOptions;
  #run: Run | null = null;
  /** Of the latest input, for what the filter still holds. */
  #metadata: Metadata = {};

  constructor(options: AudioConverterOptions) {
    this.#options = options;
  }

  /** @throws RemoteMediaError `input.invalid` where the audio cannot be converted */
  convert(input: CheckedAudio): Iterable<AudioData> | AsyncIterable<AudioData> {
    const run = this.#run;
    return run !== null && isSameShape(run.input, input) ? this.#convert(input, run) : this.#restart(input);
  }

  /** Hands on what the filter still holds; the next input begins another stream. */
  *flush(): Generator<AudioData> {
    const tail = this.#run?.rates?.finish();
    if (this.#run === null || tail === undefined || tail.length === 0) return;
    const mark = speechMark(this.#metadata) === 'start' ? 'continue' : null;
    yield this.#output(this.#run, tail, { metadata: withSpeechMark(this.#metadata, mark), metadataJson: null });
  }

  close(): void {
    this.#run?.rates?.close();
    this.#run = null;
  }

  async *#restart(input: CheckedAudio): AsyncGenerator<AudioData> {
    const { sampleRate, channels, format } = input;
    const shape = { sampleRate, channels, format };
    const target = this.#options.targetOf(shape);
    checkChannels(shape, target, this.#options.nodeId);
    yield* this.flush();
    this.close();
    const run = { input: shape, target, rates: await this.#openRates(shape, target) };
    this.#run = run;
    yield* this.#convert(input, run);
  }

  async #openRates(input: AudioShape, target: AudioShape): Promise<RateConverter | null> {
    if (input.sampleRate === target.sampleRate) return null;
    checkLimits(input, target.sampleRate, this.#options.nodeId);
    return RateConverter.open({
      channels: Math.min(input.channels, target.channels),
      fromRate: input.sampleRate,
      toRate: target.sampleRate,
      quality: this.#options.quality,
    });
  }

  *#convert(input: CheckedAudio, run: Run): Generator<AudioData> {
    const { target, rates } = run;
    this.#metadata = input.data.metadata;
    // Channels are mixed where there are fewer samples: down before the rate changes, up after it.
    const mixed = target.channels < input.channels ? this.#mix(input, target.channels) : input;
    if (rates === null) {
      const { data, format } = target.channels > mixed.channels ? this.#mix(mixed, target.channels) : mixed;
      yield target.format === format
        ? data
        : makeAudio(target, convertSamples(data.samples, format, target.format), data);
      return;
    }
    const mark = speechMark(input.data.metadata);
    // What comes after the end of an utterance is not its continuation: the filter's rest belongs to the end.
    const samples = rates.convert(toFloat32(mixed.data.samples, mixed.format), { isLast: endsUtterance(mark) });
    if (samples.length > 0 || beginsUtterance(mark) || endsUtterance(mark))
      yield this.#output(run, samples, input.data);
  }

  /** Audio over what came out of the filter. */
  #output(
    { input, target }: Run,
    samples: Float32Array,
    source: Pick<AudioData, 'metadata' | 'metadataJson'>,
  ): AudioData {
    const channels = Math.min(input.channels, target.channels);
    const audio = makeAudio({ ...target, channels }, fromFloat32(samples, target.format), source);
    return channels === target.channels
      ? audio
      : this.#mix(checkAudio(audio, this.#options.nodeId), target.channels).data;
  }

  #mix(input: CheckedAudio, channels: number): CheckedAudio {
    const { nodeId } = this.#options;
    return checkAudio(mixChannels(input, channels, nodeId), nodeId);
  }
}

/** One sample becomes as many as there are channels, so their number may not be anyone's choice. */
function checkChannels(input: AudioShape, target: AudioShape, nodeId: string): void {
  if (target.channels === input.channels || target.channels <= MAX_CHANNELS) return;
  const text = `Node '${nodeId}' cannot make ${target.channels} channels of ${shapeText(input)}`;
  throw new RemoteMediaError('input.invalid', text, { nodeId, hint: `At most ${MAX_CHANNELS} channels are possible.` });
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
