import { describe, expect, it } from 'vitest';
import { AUDIO_FORMAT, convertSamples, fromFloat32, toFloat32 } from './sample-format.js';

const { F32, I16, I32 } = AUDIO_FORMAT;
const bytesOf = (samples: Int16Array | Int32Array | Float32Array): Uint8Array => new Uint8Array(samples.buffer);
const as16 = (bytes: Uint8Array): number[] => [...new Int16Array(new Uint8Array(bytes).buffer)];
const as32 = (bytes: Uint8Array): number[] => [...new Int32Array(new Uint8Array(bytes).buffer)];

describe('converting samples', () => {
  it('maps full scale of integers to 1', () => {
    expect([...toFloat32(bytesOf(Int16Array.of(-32768, -16384, 0, 16384, 32767)), I16)]).toEqual([
      -1,
      -0.5,
      0,
      0.5,
      32767 / 32768,
    ]);
    expect([...toFloat32(bytesOf(Int32Array.of(-2147483648, 0, 1073741824)), I32)]).toEqual([-1, 0, 0.5]);
  });

  it('gives every 16-bit value back after a way over floats', () => {
    const all = Int16Array.from({ length: 65_536 }, (_, i) => i - 32_768);
    expect(as16(fromFloat32(toFloat32(bytesOf(all), I16), I16))).toEqual([...all]);
  });

  it('gives every 16-bit value back after a way over 32 bits', () => {
    const all = Int16Array.from({ length: 65_536 }, (_, i) => i - 32_768);
    expect(as16(convertSamples(convertSamples(bytesOf(all), I16, I32), I32, I16))).toEqual([...all]);
  });

  it('saturates what is beyond full scale, and rounds the rest', () => {
    const floats = Float32Array.of(1, 1.5, -1, -1.5, Infinity, -Infinity, 0.4 / 32768, 0.6 / 32768);
    expect(as16(fromFloat32(floats, I16))).toEqual([32767, 32767, -32768, -32768, 32767, -32768, 0, 1]);
    expect(as32(fromFloat32(floats.subarray(0, 6), I32))).toEqual([
      2147483647, 2147483647, -2147483648, -2147483648, 2147483647, -2147483648,
    ]);
    expect(as16(convertSamples(bytesOf(Int32Array.of(2147483647, -2147483648)), I32, I16))).toEqual([32767, -32768]);
  });

  it('makes silence of NaN', () => {
    expect(as16(fromFloat32(Float32Array.of(Number.NaN), I16))).toEqual([0]);
    expect(as32(fromFloat32(Float32Array.of(Number.NaN), I32))).toEqual([0]);
  });

  it('reads samples that start at any byte, in a Buffer too', () => {
    const shifted = Buffer.alloc(9);
    shifted.writeFloatLE(0.25, 1);
    shifted.writeFloatLE(-0.75, 5);
    expect([...toFloat32(shifted.subarray(1), F32)]).toEqual([0.25, -0.75]);
    expect(shifted.readFloatLE(1)).toBe(0.25);
    const odd = new Uint8Array([9, 0, 64]).subarray(1);
    expect([...toFloat32(odd, I16)]).toEqual([0.5]);
  });

  it('returns the same bytes for the same format', () => {
    const bytes = new Uint8Array(8);
    expect(convertSamples(bytes, F32, F32)).toBe(bytes);
  });
});
