import { type AudioData, FULL_SCALE, type RuntimeData, viewSamples } from '@remotemedia/contract';
import { z } from 'zod';
import { type CheckedAudio, checkAudio, isSameShape } from './audio.js';
import { defineNode, type NodeInstance } from './node.js';
import { gateMode, type JudgedWindow, UtteranceGate } from './utterance-gate.js';

/** The loudness of this much audio is one decision. */
const WINDOW_MS = 10;

const params = z.strictObject({
  threshold_db: z
    .number()
    .min(-120)
    .max(0)
    .default(-45)
    .describe('Level above which 10 ms count as speech, in dBFS: 0 is a full-scale square wave, -3 a full-scale sine.'),
  min_speech_ms: z
    .number()
    .min(0)
    .max(10_000)
    .default(50)
    .describe('So long it must stay above the threshold for an utterance to begin: clicks are shorter.'),
  hangover_ms: z
    .number()
    .min(0)
    .max(60_000)
    .default(300)
    .describe('So long it must stay below the threshold for the utterance to end; this silence is passed too.'),
  pre_roll_ms: z
    .number()
    .min(0)
    .max(60_000)
    .default(200)
    .describe('So much of what came before the threshold was crossed is passed too: words begin softly.'),
  mode: gateMode,
});

type Params = z.output<typeof params>;

/** Lets utterances through, by loudness. */
export const energyVadGate = defineNode({
  type: 'EnergyVadGateNode',
  aliases: ['EnergyVadNode'],
  description:
    'Finds utterances by loudness, passes them with a lead-in and drops the silence between them. Metadata: speech = start, continue, end (or none, in mode mark), speech_start_ms, and speech_end_ms on the end.',
  params,
  inputs: ['audio'],
  outputs: ['audio'],
  outputFormat: { sample_rate: 'input', channels: 'input', format: 'input' },
  create: (given, context) => new EnergyVadGate(given, context.nodeId),
});

/** The gate of a stretch of audio of one shape, with what the loudness of its windows is measured by. */
interface Stretch {
  readonly gate: UtteranceGate;
  readonly windowBytes: number;
  /** Samples of all channels. */
  readonly windowSamples: number;
  /** Mean square of a window, in the format's own numbers, above which it is loud. */
  readonly threshold: number;
}

/**
 * Decisions are made window by window. The last window of each input (whole or not) waits for the next input: so there is
 * always audio left to carry the mark `end`, also when the stream stops in the middle of an utterance.
 */
class EnergyVadGate implements NodeInstance {
  readonly #params: Params;
  readonly #nodeId: string;
  #stretch: Stretch | null = null;
  /** Where the next stretch begins, from the beginning of the stream. */
  #positionMs = 0;

  constructor(given: Params, nodeId: string) {
    this.#params = given;
    this.#nodeId = nodeId;
  }

  *process(data: RuntimeData): Generator<AudioData> {
    const input = checkAudio(data, this.#nodeId);
    if (this.#stretch !== null && !isSameShape(this.#stretch.gate.shape, input)) yield* this.flush();
    if (input.frames === 0) return;
    this.#stretch ??= this.#begin(input);
    const { gate } = this.#stretch;
    yield* gate.decide(judge(this.#stretch, gate.append(input.data.samples, input.data)));
  }

  *flush(): Generator<AudioData> {
    if (this.#stretch === null) return;
    const { gate } = this.#stretch;
    yield* gate.finish();
    this.#positionMs = gate.endMs;
    this.#stretch = null;
  }

  #begin(input: CheckedAudio): Stretch {
    const { mode, min_speech_ms, hangover_ms, pre_roll_ms, threshold_db } = this.#params;
    const windowFrames = Math.max(1, Math.round((input.sampleRate * WINDOW_MS) / 1000));
    const fullScale = FULL_SCALE[input.format];
    const options = {
      mode,
      preRollBytes: Math.round((input.sampleRate * pre_roll_ms) / 1000) * input.frameBytes,
      minSpeechWindows: Math.ceil(min_speech_ms / WINDOW_MS),
      patienceWindows: 1,
      hangoverWindows: Math.ceil(hangover_ms / WINDOW_MS),
      tailBytes: null,
    };
    return {
      gate: new UtteranceGate(input, options, this.#positionMs),
      windowBytes: windowFrames * input.frameBytes,
      windowSamples: windowFrames * input.channels,
      threshold: 10 ** (threshold_db / 10) * fullScale * fullScale,
    };
  }
}

/** All windows of the audio but the last. */
function* judge({ gate, windowBytes, windowSamples, threshold }: Stretch, audio: Uint8Array): Generator<JudgedWindow> {
  const samples = viewSamples(audio, gate.shape.format);
  const count = Math.ceil(audio.byteLength / windowBytes) - 1;
  for (let index = 0, at = 0; index < count; index++, at += windowSamples) {
    const isLoud = isLouder(samples, at, at + windowSamples, threshold);
    yield { bytes: windowBytes, verdict: isLoud ? 'speech' : 'silence' };
  }
}

function isLouder(
  samples: Float32Array | Int16Array | Int32Array,
  start: number,
  end: number,
  threshold: number,
): boolean {
  let sum = 0;
  for (let i = start; i < end; i++) {
    const sample = samples[i] ?? 0;
    sum += sample * sample;
  }
  return sum > threshold * (end - start);
}
