import { AUDIO_FORMAT, type JsonData } from '@remotemedia/contract';
import { describe, expect, it } from 'vitest';
import { type AudioShape, bytesPerFrame } from './audio.js';
import { formatConverter } from './format-converter.js';
import { audioFrames, audioOf, cut, joined16, joinedBytes, MONO_16K } from './test-audio.js';
import { runNode } from './testing.js';

const STEREO_48K: AudioShape = { sampleRate: 48_000, channels: 2, format: AUDIO_FORMAT.F32 };
const SPEECH = { sample_rate: [16_000], channels: [1], format: ['i16'] };

/** A tone, the same in every channel. */
function tone(frames: number, { sampleRate, channels }: AudioShape, hz = 440): Float32Array {
  return Float32Array.from(
    { length: frames * channels },
    (_, index) => Math.sin((2 * Math.PI * hz * Math.floor(index / channels)) / sampleRate) / 2,
  );
}

/** 16-bit samples of the same tone. */
const tone16 = (frames: number, shape: AudioShape): Int16Array =>
  Int16Array.from(tone(frames, shape), (value) => Math.round(value * 32_768));

describe('FormatConverterNode', () => {
  it('hands on what fits as the very object it got', async () => {
    const inputs = [audioOf(tone16(320, MONO_16K)), audioOf(tone16(7, MONO_16K))];
    const frames = await runNode(formatConverter, { params: SPEECH, inputs });
    expect(frames).toHaveLength(2);
    for (const [index, { data }] of frames.entries()) expect(data).toBe(inputs[index]);
  });

  it('lets other kinds of data pass', async () => {
    const json: JsonData = { kind: 'json', jsonPayload: '1', schemaType: '', metadata: {} };
    const [frame] = await runNode(formatConverter, { params: SPEECH, inputs: [json] });
    expect(frame?.data).toBe(json);
  });

  it('changes rate, channels and format at once, aligned in time and without losing a sample', async () => {
    const pieces = cut(tone(48_000, STEREO_48K), [1920, 2, 666]).map((piece) => audioOf(piece, STEREO_48K));
    const outputs = audioFrames(await runNode(formatConverter, { params: SPEECH, inputs: pieces }));
    for (const { sampleRate, channels, format } of outputs) {
      expect({ sampleRate, channels, format }).toEqual(MONO_16K);
    }
    const samples = joined16(outputs);
    expect(samples).toHaveLength(16_000);
    const wanted = tone16(16_000, MONO_16K);
    // The edges of the stream are not those of an endless tone.
    const errors = samples.slice(400, -400).map((sample, index) => Math.abs(sample - (wanted[index + 400] ?? 0)));
    expect(Math.max(...errors)).toBeLessThan(40);
  });

  it('copies one channel into many after the rate has changed', async () => {
    const inputs = [audioOf(tone16(8000, MONO_16K))];
    const outputs = audioFrames(
      await runNode(formatConverter, { params: { sample_rate: [48_000], channels: [2] }, inputs }),
    );
    const samples = joined16(outputs);
    expect(samples).toHaveLength(24_000 * 2);
    expect(samples.filter((_, index) => index % 2 === 0)).toEqual(samples.filter((_, index) => index % 2 === 1));
  });

  it.each([
    [{ sample_rate: [8000, 16_000, 48_000] }, 11_025, 16_000],
    [{ sample_rate: [8000, 16_000] }, 44_100, 16_000],
    [{ sample_rate: [48_000, 44_100] }, 32_000, 44_100],
  ])('takes of %j for %i Hz the rate that loses the least: %i Hz', async (given, from, to) => {
    const shape = { ...MONO_16K, sampleRate: from };
    const outputs = audioFrames(
      await runNode(formatConverter, { params: given, inputs: [audioOf(tone16(2000, shape), shape)] }),
    );
    expect(new Set(outputs.map(({ sampleRate }) => sampleRate))).toEqual(new Set([to]));
  });

  it('takes the finest of several formats, and keeps one that will do', async () => {
    const inputs = [audioOf(Int16Array.of(1, -32_768))];
    const to = async (format: string[]) =>
      audioFrames(await runNode(formatConverter, { params: { format }, inputs })).map((audio) => audio.format);
    expect(await to(['i32', 'f32'])).toEqual([AUDIO_FORMAT.F32]);
    expect(await to(['f32', 'i16'])).toEqual([AUDIO_FORMAT.I16]);
  });

  it('hands on what the filter holds before audio that fits, and converts again after it', async () => {
    const long = audioOf(tone(4800, STEREO_48K), STEREO_48K);
    const fits = audioOf(tone16(160, MONO_16K));
    const outputs = audioFrames(await runNode(formatConverter, { params: SPEECH, inputs: [long, fits, long] }));
    const at = outputs.indexOf(fits);
    const framesOf = (from: number, to?: number) =>
      joinedBytes(outputs.slice(from, to)).byteLength / bytesPerFrame(MONO_16K);
    expect([framesOf(0, at), framesOf(at, at + 1), framesOf(at + 1)]).toEqual([1600, 160, 1600]);
  });

  it('keeps metadata, and the marks of utterances: one start, one end', async () => {
    const marks = ['start', 'continue', 'end', 'start', 'end'];
    const inputs = marks.map((speech, index) =>
      audioOf(tone(480, STEREO_48K), STEREO_48K, { speech, piece: String(index) }),
    );
    const outputs = audioFrames(await runNode(formatConverter, { params: SPEECH, inputs }));
    expect(outputs.map(({ metadata }) => metadata)).toEqual(inputs.map(({ metadata }) => metadata));
    expect(joined16(outputs.slice(0, 3))).toHaveLength(480);
  });

  it('says of channels that it cannot mix that it cannot', async () => {
    const inputs = [audioOf(tone(10, STEREO_48K), STEREO_48K)];
    await expect(runNode(formatConverter, { params: { channels: [4, 6] }, inputs })).rejects.toMatchObject({
      code: 'input.invalid',
      message: "Node 'node' cannot mix 2 channels to 4 without a matrix",
    });
  });

  it('makes no more channels than anyone needs, whatever is asked for', async () => {
    const inputs = [audioOf(tone16(10, MONO_16K))];
    await expect(runNode(formatConverter, { params: { channels: [1e9] }, inputs })).rejects.toMatchObject({
      code: 'input.invalid',
      message: "Node 'node' cannot make 1000000000 channels of 16000 Hz, 1 channel, I16",
    });
  });

  it('refuses audio that it would have to convert and cannot read', async () => {
    const torn = { ...audioOf(tone16(10, MONO_16K)), sampleRate: 8000, samples: new Uint8Array(3) };
    await expect(runNode(formatConverter, { params: SPEECH, inputs: [torn] })).rejects.toMatchObject({
      code: 'input.invalid',
    });
  });
});
