import { type AudioData, FULL_SCALE, type Metadata, type RuntimeData, viewSamples } from '@remotemedia/contract';
import { z } from 'zod';
import { type AudioShape, type CheckedAudio, checkAudio, isSameShape, makeAudio } from './audio.js';
import { Backlog } from './backlog.js';
import { defineNode, type NodeInstance } from './node.js';
import { SPEECH_KEY, type SpeechMark } from './speech-mark.js';

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
  mode: z
    .enum(['gate', 'mark'])
    .default('gate')
    .describe('gate: pass utterances, drop the silence between them. mark: pass everything, marked.'),
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

/** A stretch of audio of one shape, with the lengths of the parameters in its own units. */
interface Stretch {
  readonly shape: AudioShape;
  readonly frameBytes: number;
  readonly windowFrames: number;
  readonly preRollBytes: number;
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
  readonly #minSpeechWindows: number;
  readonly #hangoverWindows: number;
  /** Audio before the next window that may yet become the lead-in of an utterance. */
  readonly #backlog = new Backlog();
  #stretch: Stretch | null = null;
  #state: 'silence' | 'candidate' | 'speech' = 'silence';
  /** Windows in a row: loud ones in `candidate`, silent ones in `speech`. */
  #run = 0;
  /** What came last and has not been decided on; never empty once something came. */
  #pending: Uint8Array = new Uint8Array(0);
  /** Media time of the first byte of `pending`, from the beginning of the stream. */
  #positionMs = 0;
  #speechStartMs = 0;
  /** Of the latest input. */
  #metadata: Metadata = {};
  #metadataJson: Uint8Array | null = null;

  constructor(given: Params, nodeId: string) {
    this.#params = given;
    this.#nodeId = nodeId;
    this.#minSpeechWindows = Math.max(1, Math.ceil(given.min_speech_ms / WINDOW_MS));
    this.#hangoverWindows = Math.max(1, Math.ceil(given.hangover_ms / WINDOW_MS));
  }

  *process(data: RuntimeData): Generator<AudioData> {
    const input = checkAudio(data, this.#nodeId);
    if (this.#stretch !== null && !isSameShape(this.#stretch.shape, input)) yield* this.#finish(this.#stretch);
    this.#metadata = input.data.metadata;
    this.#metadataJson = input.data.metadataJson;
    if (input.frames === 0) return;
    this.#stretch ??= this.#measure(input);
    yield* this.#decide(this.#stretch, join(this.#pending, input.data.samples));
  }

  *flush(): Generator<AudioData> {
    if (this.#stretch !== null) yield* this.#finish(this.#stretch);
  }

  #measure(input: CheckedAudio): Stretch {
    const fullScale = FULL_SCALE[input.format];
    return {
      shape: { sampleRate: input.sampleRate, channels: input.channels, format: input.format },
      frameBytes: input.frameBytes,
      windowFrames: Math.max(1, Math.round((input.sampleRate * WINDOW_MS) / 1000)),
      preRollBytes: Math.round((input.sampleRate * this.#params.pre_roll_ms) / 1000) * input.frameBytes,
      threshold: 10 ** (this.#params.threshold_db / 10) * fullScale * fullScale,
    };
  }

  *#decide(stretch: Stretch, audio: Uint8Array): Generator<AudioData> {
    const windowBytes = stretch.windowFrames * stretch.frameBytes;
    const decidedBytes = (Math.ceil(audio.byteLength / windowBytes) - 1) * windowBytes;
    const samples = viewSamples(audio, stretch.shape.format);
    const windowSamples = stretch.windowFrames * stretch.shape.channels;
    const msPerByte = 1000 / (stretch.shape.sampleRate * stretch.frameBytes);
    /** Everything before this was handed on, dropped, or is in the backlog. */
    let from = 0;
    for (let at = 0, sample = 0; at < decidedBytes; at += windowBytes, sample += windowSamples) {
      const isLoud = isLouder(samples, sample, sample + windowSamples, stretch.threshold);
      const end = at + windowBytes;
      if (this.#state === 'speech') {
        this.#run = isLoud ? 0 : this.#run + 1;
        if (this.#run < this.#hangoverWindows) continue;
        if (at > from) yield this.#piece(stretch, audio.subarray(from, at), 'continue');
        yield this.#piece(stretch, audio.subarray(at, end), 'end', this.#positionMs + end * msPerByte);
        from = end;
        this.#state = 'silence';
        continue;
      }
      if (!isLoud) {
        this.#state = 'silence';
        continue;
      }
      if (this.#state === 'silence') {
        // What is older than the lead-in of an utterance that may begin here can go.
        yield* this.#shelve(stretch, audio.subarray(from, at), stretch.preRollBytes);
        from = at;
        this.#state = 'candidate';
        this.#run = 0;
      }
      this.#run += 1;
      if (this.#run < this.#minSpeechWindows) continue;
      const leadIn = this.#backlog.takeAll();
      this.#speechStartMs = this.#positionMs + (from - leadIn.byteLength) * msPerByte;
      yield this.#piece(stretch, join(leadIn, audio.subarray(from, end)), 'start');
      from = end;
      this.#state = 'speech';
      this.#run = 0;
    }
    const rest = audio.subarray(from, decidedBytes);
    if (this.#state !== 'speech') {
      const candidateBytes = this.#state === 'candidate' ? this.#run * windowBytes : 0;
      yield* this.#shelve(stretch, rest, stretch.preRollBytes + candidateBytes);
    } else if (rest.byteLength > 0) {
      yield this.#piece(stretch, rest, 'continue');
    }
    this.#pending = audio.slice(decidedBytes);
    this.#positionMs += decidedBytes * msPerByte;
  }

  /** Ends the stretch: closes an open utterance with what is still undecided. */
  *#finish(stretch: Stretch): Generator<AudioData> {
    const pending = this.#pending;
    const endMs = this.#positionMs + (pending.byteLength * 1000) / (stretch.shape.sampleRate * stretch.frameBytes);
    if (this.#state === 'speech') yield this.#piece(stretch, pending, 'end', endMs);
    else yield* this.#shelve(stretch, pending, 0);
    this.#backlog.takeAll();
    this.#stretch = null;
    this.#state = 'silence';
    this.#pending = new Uint8Array(0);
    this.#positionMs = endMs;
  }

  /** Puts silence by, and lets go of what there is more than `keepBytes` of. */
  *#shelve(stretch: Stretch, silence: Uint8Array, keepBytes: number): Generator<AudioData> {
    this.#backlog.push(silence);
    const surplus = this.#backlog.takeOver(keepBytes);
    if (this.#params.mode === 'mark' && surplus.byteLength > 0) yield this.#piece(stretch, surplus, 'none');
  }

  #piece(stretch: Stretch, samples: Uint8Array, mark: SpeechMark, endMs?: number): AudioData {
    const metadata: Metadata = { ...this.#metadata, [SPEECH_KEY]: mark };
    if (mark !== 'none') metadata['speech_start_ms'] = String(Math.round(this.#speechStartMs));
    if (endMs !== undefined) metadata['speech_end_ms'] = String(Math.round(endMs));
    return makeAudio(stretch.shape, samples, { metadata, metadataJson: this.#metadataJson });
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

/** Both, one after the other, in memory of their own. */
function join(first: Uint8Array, second: Uint8Array): Uint8Array {
  const joined = new Uint8Array(first.byteLength + second.byteLength);
  joined.set(first);
  joined.set(second, first.byteLength);
  return joined;
}
