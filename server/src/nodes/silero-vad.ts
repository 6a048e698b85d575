import { type AudioData, RemoteMediaError, type RuntimeData, toFloat32 } from '@remotemedia/contract';
import { z } from 'zod';
import { type CheckedAudio, checkAudio, isSameShape, shapeText } from './audio.js';
import { mixToMono } from './channel-mix.js';
import { defineNode, type NodeContext, type NodeInstance } from './node.js';
import { RATE_LIMITS, RateConverter } from './rate-converter.js';
import { SILERO_ENGINE, SILERO_RATES, SileroModel, type SileroStream, sileroGaps } from './silero-model.js';
import { gateMode, type JudgedWindow, UtteranceGate } from './utterance-gate.js';

/** The length of one decision, at both rates of the model. */
const WINDOW_MS = 32;
/** Speech goes on until the probability is so much below the threshold; both as in Silero's own reference. */
const HYSTERESIS = 0.15;
const LEAST_THRESHOLD = 0.01;
/** Below this a window would be a handful of samples. */
const MIN_RATE = 1000;

const params = z.strictObject({
  threshold: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe('Probability from which a window counts as speech; 0.15 below it, it counts as silence.'),
  sampling_rate: z
    .literal([16_000, 8000])
    .default(16_000)
    .describe('The rate in Hz that the model hears, 16000 or 8000. The audio that is passed keeps its own.'),
  min_speech_duration_ms: z
    .number()
    .min(0)
    .max(10_000)
    .default(250)
    .describe('Shorter utterances are dropped; an utterance is passed once it is so long.'),
  min_silence_duration_ms: z
    .number()
    .min(0)
    .max(60_000)
    .default(100)
    .describe('So long it must be silent for an utterance to end.'),
  speech_pad_ms: z
    .number()
    .min(0)
    .max(10_000)
    .default(30)
    .describe('So much before and after each utterance is passed too; after it at most min_silence_duration_ms.'),
  mode: gateMode,
});

type Params = z.output<typeof params>;

/** Lets utterances through, by a neural model of speech. */
export const sileroVad = defineNode({
  type: 'SileroVADNode',
  description:
    'Finds utterances with the Silero voice activity model, passes them and drops what is between them. Marks them as EnergyVadGateNode does: speech, speech_start_ms, speech_end_ms. Needs the optional packages onnxruntime-node and @ricky0123/vad-web.',
  params,
  inputs: ['audio'],
  outputs: ['audio'],
  outputFormat: { sample_rate: 'input', channels: 'input', format: 'input' },
  engine: SILERO_ENGINE,
  findGaps: () => sileroGaps(),
  create: async (given, context) => new SileroVad(given, context, await SileroModel.load(context.nodeId)),
});

/** A stretch of audio of one shape. */
interface Stretch {
  readonly gate: UtteranceGate;
  readonly stream: SileroStream;
  /** To the rate of the model; null: the audio has it. */
  readonly converter: RateConverter | null;
  /** A window of the model's rate, `filled` so far. */
  readonly window: Float32Array;
  filled: number;
  /** Frames of the audio as it came, in one window: not always whole. */
  readonly windowFrames: number;
  framesIn: number;
  windowsJudged: number;
}

class SileroVad implements NodeInstance {
  readonly #params: Params;
  readonly #context: NodeContext;
  readonly #model: SileroModel;
  #stretch: Stretch | null = null;
  /** Where the next stretch begins, from the beginning of the stream. */
  #positionMs = 0;

  constructor(given: Params, context: NodeContext, model: SileroModel) {
    this.#params = given;
    this.#context = context;
    this.#model = model;
  }

  async *process(data: RuntimeData): AsyncGenerator<AudioData> {
    const input = checkAudio(data, this.#context.nodeId);
    if (this.#stretch !== null && !isSameShape(this.#stretch.gate.shape, input)) yield* this.flush();
    if (input.frames === 0) return;
    this.#stretch ??= await this.#begin(input);
    const { gate, converter } = this.#stretch;
    // A second at a time: its outputs can leave, and a session that ends need not wait for a long input.
    const blockBytes = input.sampleRate * input.frameBytes;
    for (let at = 0; at < input.data.samples.byteLength && !this.#context.signal.aborted; at += blockBytes) {
      const block = input.data.samples.subarray(at, at + blockBytes);
      gate.append(block, input.data);
      this.#stretch.framesIn += block.byteLength / input.frameBytes;
      const mono = toMono(toFloat32(block, input.format), input.channels);
      yield* gate.decide(await this.#judge(this.#stretch, converter?.convert(mono) ?? mono));
    }
  }

  async *flush(): AsyncGenerator<AudioData> {
    if (this.#stretch === null) return;
    const { gate, converter } = this.#stretch;
    if (converter !== null) yield* gate.decide(await this.#judge(this.#stretch, converter.finish()));
    yield* gate.finish();
    this.#positionMs = gate.endMs;
    this.close();
  }

  close(): void {
    this.#stretch?.converter?.close();
    this.#stretch = null;
  }

  async #begin(input: CheckedAudio): Promise<Stretch> {
    const { mode, sampling_rate, min_speech_duration_ms, min_silence_duration_ms, speech_pad_ms } = this.#params;
    const { sampleRate } = input;
    if (sampleRate < MIN_RATE || sampleRate > RATE_LIMITS.maxRate) throw this.#rateOutOfRange(input);
    const padBytes = Math.round((sampleRate * speech_pad_ms) / 1000) * input.frameBytes;
    const hangoverWindows = Math.ceil(min_silence_duration_ms / WINDOW_MS);
    const options = {
      mode,
      preRollBytes: padBytes,
      minSpeechWindows: Math.ceil(min_speech_duration_ms / WINDOW_MS),
      patienceWindows: hangoverWindows,
      hangoverWindows,
      tailBytes: padBytes,
    };
    const { windowSamples } = SILERO_RATES[sampling_rate];
    return {
      gate: new UtteranceGate(input, options, this.#positionMs),
      stream: this.#model.openStream(sampling_rate),
      converter:
        sampleRate === sampling_rate
          ? null
          : await RateConverter.open({ channels: 1, fromRate: sampleRate, toRate: sampling_rate, quality: 'fast' }),
      window: new Float32Array(windowSamples),
      filled: 0,
      windowFrames: (windowSamples * sampleRate) / sampling_rate,
      framesIn: 0,
      windowsJudged: 0,
    };
  }

  /** Runs the model on every window that these samples complete. */
  async #judge(stretch: Stretch, samples: Float32Array): Promise<JudgedWindow[]> {
    const { window, stream, gate } = stretch;
    const windows: JudgedWindow[] = [];
    for (let at = 0; at < samples.length; ) {
      const taken = Math.min(window.length - stretch.filled, samples.length - at);
      window.set(samples.subarray(at, at + taken), stretch.filled);
      stretch.filled += taken;
      at += taken;
      if (stretch.filled < window.length) break;
      stretch.filled = 0;
      const probability = await stream.speechProbability(window);
      windows.push({ bytes: nextWindowFrames(stretch) * gate.frameBytes, verdict: this.#verdict(probability) });
    }
    return windows;
  }

  #verdict(probability: number): JudgedWindow['verdict'] {
    const { threshold } = this.#params;
    if (probability >= threshold) return 'speech';
    return probability < Math.max(threshold - HYSTERESIS, LEAST_THRESHOLD) ? 'silence' : 'unsure';
  }

  #rateOutOfRange(input: CheckedAudio): RemoteMediaError {
    const { nodeId } = this.#context;
    const text = `Node '${nodeId}' cannot judge ${shapeText(input)}`;
    const hint = `Rates from ${MIN_RATE} to ${RATE_LIMITS.maxRate} Hz are possible.`;
    return new RemoteMediaError('input.invalid', text, { nodeId, hint });
  }
}

/** Frames of the original audio under the window that was judged last; the rounding does not add up. */
function nextWindowFrames(stretch: Stretch): number {
  const begin = Math.round(stretch.windowsJudged * stretch.windowFrames);
  stretch.windowsJudged += 1;
  // The last window of a stream may be longer than the audio by half a sample of the model's rate.
  return Math.min(Math.round(stretch.windowsJudged * stretch.windowFrames), stretch.framesIn) - begin;
}

/** The mean of all channels; the very same samples where there is one. */
function toMono(samples: Float32Array, channels: number): Float32Array {
  if (channels === 1) return samples;
  const mono = new Float32Array(samples.length / channels);
  mixToMono(samples, mono, channels);
  return mono;
}
