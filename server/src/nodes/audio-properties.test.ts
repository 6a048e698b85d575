/**
 * What holds of every audio node for any rate, number of channels, sample format and sizes of what comes in. The seed makes
 * the cases, and chooses among them where they take long; PROPERTY_SEED=… makes others.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AUDIO_FORMAT,
  type AudioData,
  bytesPerSample,
  convertSamples,
  fromFloat32,
  type RuntimeData,
  type SampleFormat,
  viewSamples,
} from '@remotemedia/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../../tests/promises/data/random.js';
import { type AudioShape, bytesPerFrame, makeAudio, shapeText } from './audio.js';
import { audioBufferAccumulator } from './audio-buffer-accumulator.js';
import { audioChunker } from './audio-chunker.js';
import { audioFileSink } from './audio-file-sink.js';
import { audioOutput } from './audio-output.js';
import { channelMix } from './channel-mix.js';
import { energyVadGate } from './energy-vad-gate.js';
import type { NodeDefinition } from './node.js';
import { resample } from './resample.js';
import { sileroVad } from './silero-vad.js';
import { audioFrames, joinedBytes } from './test-audio.js';
import { runNode } from './testing.js';

const SEED = Number(process.env['PROPERTY_SEED'] ?? 4_1125);

const RATES = [8000, 16_000, 22_050, 44_100, 48_000] as const;
const CHANNELS = [1, 2, 6] as const;
const FORMATS = [AUDIO_FORMAT.F32, AUDIO_FORMAT.I16, AUDIO_FORMAT.I32] as const;
/** Where in the recording the cases begin: a second of speech follows, then silence. */
const VOICE_FROM = 17_600;
const TIMEOUT_MS = 120_000;
/** Of what opens a converter or runs a model for each. */
const ONE_IN = 4;

interface Case {
  readonly shape: AudioShape;
  readonly frames: number;
  /** All of it, in order. */
  readonly samples: Uint8Array;
  readonly random: Random;
}

let root: string;
let voice: Float32Array;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'audio-properties-'));
  const file = await readFile(new URL('../../../examples/speech-to-speech/recorded.wav', import.meta.url));
  voice = Float32Array.from(new Int16Array(new Uint8Array(file.subarray(44)).buffer), (sample) => sample / 32_768);
  console.log(`audio properties: PROPERTY_SEED=${SEED}`);
});
afterAll(() => rm(root, { recursive: true }));

/** One in so many of all shapes, each with a voice of random length and loudness, and some noise. */
function* cases(stream: number, oneIn: number): Generator<Case> {
  let index = 0;
  for (const sampleRate of RATES) {
    for (const channels of CHANNELS) {
      for (const format of FORMATS) {
        index += 1;
        const random = new Random(SEED + index, stream);
        if (random.below(oneIn) !== 0) continue;
        const frames = Math.floor(sampleRate * 0.9) + random.below(sampleRate);
        const gain = 0.3 + random.below(1000) / 1000;
        const floats = new Float32Array(frames * channels);
        for (let frame = 0, at = 0; frame < frames; frame++) {
          const sample = (voice[VOICE_FROM + Math.floor((frame * 16_000) / sampleRate)] ?? 0) * gain;
          for (let channel = 0; channel < channels; channel++) floats[at++] = sample + (random.next() / 2 ** 32) * 1e-4;
        }
        const shape = { sampleRate, channels, format };
        yield { shape, frames, samples: fromFloat32(floats, format), random };
      }
    }
  }
}

/** Cut into pieces of random sizes, some of them empty or of one frame. */
function* pieces({ shape, samples, random }: Case): Generator<AudioData> {
  const frameBytes = bytesPerFrame(shape);
  const most = random.pick([100, 400, 400, 2000, 20_000]);
  for (let at = 0; at < samples.byteLength; ) {
    const end = at + random.below(random.pick([most, most, 2])) * frameBytes;
    yield makeAudio(shape, samples.subarray(at, end), { metadata: {}, metadataJson: null });
    at = end;
  }
}

const whole = ({ shape, samples }: Case) => [makeAudio(shape, samples, { metadata: {}, metadataJson: null })];

/** What the node makes of two cuts of the same audio. */
async function bothWays(node: NodeDefinition, params: object, given: Case): Promise<[RuntimeData[], RuntimeData[]]> {
  const run = async (inputs: Iterable<AudioData>) =>
    (await runNode(node, { params, inputs, context: { mediaRoots: [root] } })).map(({ data }) => data);
  return [await run(whole(given)), await run(pieces(given))];
}

async function audioBothWays(node: NodeDefinition, params: object, given: Case): Promise<[AudioData[], AudioData[]]> {
  const [one, many] = await bothWays(node, params, given);
  const audio = (list: RuntimeData[]) => audioFrames(list.map((data) => ({ sequence: 0, timestampUs: 0, data })));
  return [audio(one), audio(many)];
}

/** Shape, length and bytes as they must be; returns the bytes. */
function checkedBytes(output: AudioData[], shape: AudioShape, frames: number): Buffer {
  for (const piece of output) {
    expect(piece).toMatchObject(shape);
    expect(piece.numSamples * bytesPerSample(shape.format)).toBe(piece.samples.byteLength);
    expect(piece.samples.byteLength % bytesPerFrame(shape)).toBe(0);
  }
  const bytes = joinedBytes(output);
  expect(bytes.byteLength).toBe(frames * bytesPerFrame(shape));
  if (shape.format === AUDIO_FORMAT.F32) {
    expect(viewSamples(bytes, shape.format).every((sample) => Number.isFinite(sample))).toBe(true);
  }
  return bytes;
}

/** The utterances of marked audio: where each begins and ends, and its samples. */
function utterances(output: AudioData[]): string[] {
  const found: string[] = [];
  let open: AudioData[] = [];
  for (const piece of output) {
    const { speech, speech_start_ms, speech_end_ms } = piece.metadata;
    if (speech === 'none') continue;
    expect(piece.numSamples).toBeGreaterThan(0);
    expect(speech === 'start').toBe(open.length === 0);
    open.push(piece);
    if (speech !== 'end') continue;
    found.push(`${speech_start_ms} ${speech_end_ms} ${joinedBytes(open).toString('base64')}`);
    open = [];
  }
  expect(open).toEqual([]);
  return found;
}

/** Runs the law on the cases; a failure says which case it was. */
async function forAll(stream: number, law: (given: Case) => Promise<void>, oneIn = 1): Promise<void> {
  for (const given of cases(stream, oneIn)) {
    try {
      await law(given);
    } catch (cause) {
      const text = `PROPERTY_SEED=${SEED}, ${given.frames} frames of ${shapeText(given.shape)}`;
      throw new Error(`${text}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    }
  }
}

/** Not `toEqual`: a difference between megabytes is no use in print. */
function expectSame(a: Buffer, b: Uint8Array): void {
  expect(a.equals(b)).toBe(true);
}

describe('for any shape, and any sizes of what comes in', { timeout: TIMEOUT_MS }, () => {
  it('AudioChunkerNode gives the same samples, in chunks of one size', () =>
    forAll(1, async (given) => {
      const chunk_size = 1 + given.random.below(3000);
      const [one, many] = await audioBothWays(audioChunker, { chunk_size }, given);
      for (const output of [one, many]) {
        expectSame(checkedBytes(output, given.shape, given.frames), given.samples);
        const sizes = output.map(({ numSamples }) => numSamples / given.shape.channels);
        expect(sizes.slice(0, -1).every((size) => size === chunk_size)).toBe(true);
        expect(sizes.at(-1)).toBe(given.frames % chunk_size || chunk_size);
      }
    }));

  it('ResampleNode gives as much as the rate says, the same to the bit', () =>
    forAll(
      2,
      async (given) => {
        const target_rate = given.random.pick([8000, 16_000, 24_000, 48_000]);
        const [one, many] = await audioBothWays(resample, { target_rate, quality: 'low' }, given);
        const shape = { ...given.shape, sampleRate: target_rate };
        const frames = Math.round((given.frames * target_rate) / given.shape.sampleRate);
        expectSame(checkedBytes(one, shape, frames), checkedBytes(many, shape, frames));
      },
      ONE_IN,
    ));

  it('ChannelMixNode gives as many frames as it got', () =>
    forAll(3, async (given) => {
      const channels = given.shape.channels === 1 ? 1 + given.random.below(8) : 1;
      const [one, many] = await audioBothWays(channelMix, { channels }, given);
      const shape = { ...given.shape, channels };
      expectSame(checkedBytes(one, shape, given.frames), checkedBytes(many, shape, given.frames));
    }));

  it.each([
    ['EnergyVadGateNode', energyVadGate],
    ['SileroVADNode', sileroVad],
  ])('%s finds the same utterances, and in mode mark loses nothing', (_name, node) =>
    forAll(
      4,
      async (given) => {
        const [one, many] = await audioBothWays(node, { mode: 'mark' }, given);
        for (const output of [one, many]) {
          expectSame(checkedBytes(output, given.shape, given.frames), given.samples);
        }
        const found = utterances(one);
        expect(found.length).toBeGreaterThan(0);
        expect(utterances(many).join('\n') === found.join('\n')).toBe(true);
      },
      ONE_IN,
    ),
  );

  it('AudioBufferAccumulatorNode gives the same samples, in messages of one length', () =>
    forAll(5, async (given) => {
      const max_utterance_duration_ms = 50 + given.random.below(1000);
      const params = { min_utterance_duration_ms: 0, max_utterance_duration_ms };
      const [one, many] = await audioBothWays(audioBufferAccumulator, params, given);
      const most = Math.round((given.shape.sampleRate * max_utterance_duration_ms) / 1000);
      for (const output of [one, many]) {
        expectSame(checkedBytes(output, given.shape, given.frames), given.samples);
        expect(output).toHaveLength(Math.ceil(given.frames / most));
      }
      expect(many.map(({ metadata }) => metadata)).toEqual(one.map(({ metadata }) => metadata));
    }));

  it('AudioOutputNode converts to the same bits, as pieces, as a WAV message and as a file', () =>
    forAll(
      6,
      async (given) => {
        const sample_rate = given.random.pick([8000, 16_000, 48_000]);
        const [format, name] = given.random.pick<[SampleFormat, string]>([
          [AUDIO_FORMAT.F32, 'f32'],
          [AUDIO_FORMAT.I16, 'i16'],
          [AUDIO_FORMAT.I32, 'i32'],
        ]);
        const shape = { sampleRate: sample_rate, channels: 1, format };
        const frames = Math.round((given.frames * sample_rate) / given.shape.sampleRate);
        const params = { sample_rate, channels: 1, format: name };
        const [one, many] = await audioBothWays(audioOutput, params, given);
        const expected = checkedBytes(one, shape, frames);
        expectSame(checkedBytes(many, shape, frames), expected);
        for (const [message, ...more] of await bothWays(audioOutput, { ...params, container: 'wav' }, given)) {
          expect(more).toEqual([]);
          const file = message?.kind === 'binary' ? Buffer.from(message.data) : Buffer.alloc(0);
          expectSame(file.subarray(file.byteLength - expected.byteLength), expected);
          expect(file.byteLength - expected.byteLength).toBe(format === AUDIO_FORMAT.F32 ? 58 : 44);
        }
        await bothWays(audioOutput, { ...params, path: 'output.wav' }, given);
        const file = await readFile(join(root, 'output.wav'));
        expectSame(file.subarray(file.byteLength - expected.byteLength), expected);
      },
      ONE_IN,
    ));

  it('AudioFileSinkNode writes the same file', () =>
    forAll(7, async (given) => {
      for (const inputs of [whole(given), pieces(given)]) {
        await runNode(audioFileSink, {
          params: { path: 'out.wav', format: 'i16' },
          inputs,
          context: { mediaRoots: [root] },
        });
        const file = await readFile(join(root, 'out.wav'));
        expect(file.byteLength).toBe(44 + given.frames * given.shape.channels * 2);
        expectSame(file.subarray(44), convertSamples(given.samples, given.shape.format, AUDIO_FORMAT.I16));
      }
    }));
});
