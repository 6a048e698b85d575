import { describe, expect, it } from 'vitest';
import { AUDIO_FORMAT } from './sample-format.js';
import { fromWavBytes, toWavBytes } from './wav-samples.js';

const { F32, I16, I32 } = AUDIO_FORMAT;
const PCM_24 = { encoding: 'integer', bits: 24, channels: 1, sampleRate: 8000 } as const;
const FLOAT_64 = { encoding: 'float', bits: 64, channels: 1, sampleRate: 8000 } as const;
/** 1, -1, the largest and the smallest value, half of full scale. */
const BYTES_24 = Buffer.from('010000ffffffffff7f000080000040', 'hex');

const numbers = (bytes: Uint8Array, kind: typeof Int32Array | typeof Int16Array | typeof Float32Array): number[] => [
  ...new kind(new Uint8Array(bytes).buffer),
];

describe('samples of a WAV file', () => {
  it('puts 24 bits into the upper part of 32, and back', () => {
    const wide = fromWavBytes(BYTES_24, PCM_24, I32);
    expect(numbers(wide, Int32Array)).toEqual([256, -256, 0x7fffff00, -0x80000000, 0x40000000]);
    expect(Buffer.from(toWavBytes(wide, I32, PCM_24))).toEqual(BYTES_24);
  });

  it('keeps all 24 bits in floats', () => {
    const floats = fromWavBytes(BYTES_24, PCM_24, F32);
    expect(numbers(floats, Float32Array)).toEqual([2 ** -23, -(2 ** -23), 1 - 2 ** -23, -1, 0.5]);
    expect(Buffer.from(toWavBytes(floats, F32, PCM_24))).toEqual(BYTES_24);
  });

  it('rounds and saturates on the way to fewer bits', () => {
    expect(numbers(fromWavBytes(BYTES_24, PCM_24, I16), Int16Array)).toEqual([0, 0, 32_767, -32_768, 16_384]);
    const wide = new Uint8Array(Int32Array.of(0x7fffffff, 383, 384, -384, -385).buffer);
    expect(Buffer.from(toWavBytes(wide, I32, PCM_24)).toString('hex')).toBe('ffff7f010000020000fffffffeffff');
  });

  it('gives 64-bit floats as 32-bit floats', () => {
    const doubles = Buffer.alloc(17);
    doubles.writeDoubleLE(0.1, 1);
    doubles.writeDoubleLE(-2, 9);
    expect(numbers(fromWavBytes(doubles.subarray(1), FLOAT_64, F32), Float32Array)).toEqual([Math.fround(0.1), -2]);
  });

  it('hands bytes on untouched where nothing has to change', () => {
    const bytes = new Uint8Array(8);
    const pcm16 = { ...PCM_24, bits: 16 };
    expect(fromWavBytes(bytes, pcm16, I16)).toBe(bytes);
    expect(toWavBytes(bytes, I16, pcm16)).toBe(bytes);
  });
});
