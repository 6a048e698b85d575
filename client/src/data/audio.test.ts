import { describe, expect, test } from 'vitest';
import { audioFromSamples, audioFromWav, audioToFloat32, audioToSamples, audioToWav } from './audio.js';

const RATE = { sampleRate: 16_000 };
const i16 = Int16Array.from({ length: 1001 }, (_, index) => index * 65 - 32_500);
const i32 = Int32Array.of(0, 1, -1, 0x7fffffff, -0x80000000, 0x12345600);
const f32 = Float32Array.of(0, -0, 0.1, -1, 1, Number.NaN, 1e-40);

describe('audio from and to samples', () => {
  test.each([
    [2, i16],
    [3, i32],
    [1, f32],
  ])('format %i keeps every bit', (format, samples) => {
    const audio = audioFromSamples(samples, RATE);
    expect(audio).toMatchObject({ format, sampleRate: 16_000, channels: 1, numSamples: samples.length });
    expect(audioToSamples(audio)).toStrictEqual(samples);
    // Not copied on the way in, and found at any place on the way out.
    expect(audio.samples.buffer).toBe(samples.buffer);
    const shifted = Buffer.concat([Buffer.alloc(1), audio.samples]).subarray(1);
    expect(audioToSamples({ ...audio, samples: shifted })).toStrictEqual(samples);
  });

  test('a part of a larger array is that part', () => {
    expect(audioToSamples(audioFromSamples(i16.subarray(10, 20), RATE))).toStrictEqual(i16.slice(10, 20));
  });

  test('integers as floats have full scale 1', () => {
    expect([...audioToFloat32(audioFromSamples(Int16Array.of(-32_768, 16_384), RATE))]).toEqual([-1, 0.5]);
    expect([...audioToFloat32(audioFromSamples(Int32Array.of(-0x80000000, 0x40000000), RATE))]).toEqual([-1, 0.5]);
  });

  test('torn frames and unknown formats are refused', () => {
    const torn = () => audioFromSamples(Int16Array.of(1, 2, 3), { ...RATE, channels: 2 });
    expect(torn).toThrow('3 samples are no whole frames of 2 channels');
    expect(() => audioToSamples({ ...audioFromSamples(i16, RATE), format: 0 })).toThrow('unknown sample format 0');
  });
});

describe('audio from and to WAV', () => {
  test.each([
    ['i16', i16],
    ['i32', i32],
    ['f32', f32],
  ] as const)('%s keeps every bit, as the format it has', (format, samples) => {
    const audio = audioFromSamples(samples, { sampleRate: 44_100, channels: 1 });
    for (const file of [audioToWav(audio), audioToWav(audio, format)]) {
      const again = audioFromWav(file);
      expect(again).toMatchObject({
        format: audio.format,
        sampleRate: 44_100,
        channels: 1,
        numSamples: samples.length,
      });
      expect(audioToSamples(again)).toStrictEqual(samples);
    }
  });

  test('24 bits are the upper ones of 32, also of an odd number of bytes', () => {
    const audio = audioFromSamples(Int32Array.of(0x12345600, -256, 0x7fffff00), RATE);
    const file = audioToWav(audio, 'i24');
    expect(file.byteLength).toBe(44 + 9 + 1);
    expect(audioToSamples(audioFromWav(file))).toStrictEqual(audioToSamples(audio));
  });

  test('stereo stays stereo, and metadata can be given', () => {
    const audio = audioFromSamples(Float32Array.of(0.5, -0.5), { sampleRate: 8000, channels: 2 });
    const again = audioFromWav(audioToWav(audio, 'i16'), { metadata: { source: 'test' } });
    expect(again).toMatchObject({ channels: 2, format: 2, metadata: { source: 'test' } });
    expect([...audioToSamples(again)]).toEqual([16_384, -16_384]);
  });

  test('what is no WAV file is refused with what to do', () => {
    const refused = () => audioFromWav(new TextEncoder().encode('OggS and what follows'));
    expect(refused).toThrow(
      expect.objectContaining({
        code: 'input.invalid',
        message: 'The file is not a WAV file',
        hint: expect.stringContaining('ffmpeg'),
      }),
    );
  });
});
