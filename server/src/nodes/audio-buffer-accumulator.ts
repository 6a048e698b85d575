import type { AudioData, Metadata, RuntimeData } from '@remotemedia/contract';
import { z } from 'zod';
import { type AudioShape, bytesPerFrame, type CheckedAudio, checkAudio, isSameShape, makeAudio } from './audio.js';
import { GrowingBytes } from './growing-bytes.js';
import { defineNode, type NodeContext, type NodeInstance } from './node.js';
import { beginsUtterance, endsUtterance, partMark, speechMark, withSpeechMark } from './speech-mark.js';

/** What one utterance holds at most, however many channels it has. */
const MAX_BYTES = 64 * 1024 * 1024;

const params = z
  .strictObject({
    min_utterance_duration_ms: z
      .number()
      .min(0)
      .max(600_000)
      .default(250)
      .describe('Shorter utterances are dropped; the log counts them at level debug.'),
    max_utterance_duration_ms: z
      .number()
      .min(10)
      .max(600_000)
      .default(30_000)
      .describe('A longer utterance goes on in a next message; one of 64 MiB does too.'),
  })
  .refine((given) => given.min_utterance_duration_ms <= given.max_utterance_duration_ms, {
    message: 'min_utterance_duration_ms is more than max_utterance_duration_ms, so nothing would be passed',
    path: ['min_utterance_duration_ms'],
  });

type Params = z.output<typeof params>;

/** Joins the pieces of an utterance. */
export const audioBufferAccumulator = defineNode({
  type: 'AudioBufferAccumulatorNode',
  description:
    'Joins the pieces of an utterance, as a voice gate marks them, into one audio message. Audio without marks is one utterance until the stream ends. Metadata: speech = whole (start, continue and end, where it takes several messages), speech_start_ms, speech_end_ms, duration_ms.',
  params,
  inputs: ['audio'],
  outputs: ['audio'],
  outputFormat: { sample_rate: 'input', channels: 'input', format: 'input' },
  create: (given, context) => new AudioBufferAccumulator(given, context),
});

/** An utterance that is being collected. */
interface Utterance {
  readonly shape: AudioShape;
  readonly samples: GrowingBytes;
  readonly startMs: number;
  /** Whether messages of it were given already, because it was too long for one. */
  readonly isContinued: boolean;
  /** Of its first piece. */
  readonly metadata: Metadata;
  readonly metadataJson: Uint8Array | null;
}

class AudioBufferAccumulator implements NodeInstance {
  readonly #params: Params;
  readonly #context: NodeContext;
  #utterance: Utterance | null = null;
  /** Media time of the next input, from the beginning of the stream; where a gate says otherwise, that counts. */
  #positionMs = 0;
  #droppedCount = 0;

  constructor(given: Params, context: NodeContext) {
    this.#params = given;
    this.#context = context;
  }

  *process(data: RuntimeData): Generator<AudioData> {
    const input = checkAudio(data, this.#context.nodeId);
    const { samples, metadata } = input.data;
    const mark = speechMark(metadata);
    const held = this.#utterance;
    if (held !== null && (beginsUtterance(mark) || mark === 'none' || !isSameShape(held.shape, input)))
      yield* this.flush();
    if (mark !== 'none') {
      for (let at = 0; at < samples.byteLength; ) {
        this.#utterance ??= this.#begin(input, metadata, input.data.metadataJson);
        // Not as soon as it is full: the last message of an utterance has its end, and so must have samples.
        if (this.#utterance.samples.isFull) yield this.#split(this.#utterance, input);
        at += this.#utterance.samples.append(samples.subarray(at));
      }
    }
    this.#positionMs += durationMs(input, samples.byteLength);
    if (endsUtterance(mark)) yield* this.flush(timeOf(metadata, 'speech_end_ms'));
  }

  /** Gives the utterance that is open, unless it is too short. */
  *flush(endMs: number | null = null): Generator<AudioData> {
    const utterance = this.#utterance;
    this.#utterance = null;
    if (utterance === null || utterance.samples.byteLength === 0) return;
    const length = durationMs(utterance.shape, utterance.samples.byteLength);
    // The last part of a long utterance is the end of a word, however short.
    if (length < this.#params.min_utterance_duration_ms && !utterance.isContinued) {
      this.#droppedCount += 1;
      this.#context.log.debug(
        `dropped an utterance of ${Math.round(length)} ms, under min_utterance_duration_ms; ${this.#droppedCount} so far`,
      );
      return;
    }
    yield makeMessage(utterance, { isLast: true, endMs });
  }

  #begin(shape: CheckedAudio, metadata: Metadata, metadataJson: Uint8Array | null): Utterance {
    const startMs = timeOf(metadata, 'speech_start_ms') ?? this.#positionMs;
    return this.#open(shape, { startMs, isContinued: false, metadata, metadataJson });
  }

  #open(
    { sampleRate, channels, format, frameBytes }: CheckedAudio,
    rest: Omit<Utterance, 'shape' | 'samples'>,
  ): Utterance {
    const frames = Math.round((sampleRate * this.#params.max_utterance_duration_ms) / 1000);
    const limit = Math.max(1, Math.min(frames, Math.floor(MAX_BYTES / frameBytes))) * frameBytes;
    return { shape: { sampleRate, channels, format }, samples: new GrowingBytes(limit), ...rest };
  }

  /** Gives what the utterance has, and goes on with it in a next message. */
  #split(utterance: Utterance, input: CheckedAudio): AudioData {
    const startMs = utterance.startMs + durationMs(utterance.shape, utterance.samples.byteLength);
    const { metadata, metadataJson } = utterance;
    this.#utterance = this.#open(input, { startMs, isContinued: true, metadata, metadataJson });
    return makeMessage(utterance, { isLast: false, endMs: null });
  }
}

interface Ending {
  /** False: the utterance goes on in a next message. */
  readonly isLast: boolean;
  /** Null: it follows from the length. */
  readonly endMs: number | null;
}

function makeMessage(utterance: Utterance, { isLast, endMs }: Ending): AudioData {
  const { shape, samples, startMs, isContinued, metadata, metadataJson } = utterance;
  const length = durationMs(shape, samples.byteLength);
  const mark = speechMark(metadata) === null ? null : partMark('whole', !isContinued, isLast);
  const facts = {
    speech_start_ms: String(Math.round(startMs)),
    speech_end_ms: String(Math.round(endMs ?? startMs + length)),
    duration_ms: String(Math.round(length)),
  };
  return makeAudio(shape, samples.bytes(), { metadata: { ...withSpeechMark(metadata, mark), ...facts }, metadataJson });
}

function durationMs(shape: AudioShape, bytes: number): number {
  return (bytes / bytesPerFrame(shape) / shape.sampleRate) * 1000;
}

/** A time that a voice gate has written; null: none. */
function timeOf(metadata: Metadata, key: string): number | null {
  const text = metadata[key];
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null;
}
