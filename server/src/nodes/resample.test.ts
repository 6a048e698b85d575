import { AUDIO_FORMAT, type AudioData } from '@remotemedia/contract';
import { describe, expect, it } from 'vitest';
import type { AudioShape } from './audio.js';
import { resample } from './resample.js';
import {
  audioFrames,
  audioOf,
  countingSamples,
  cut,
  joined16,
  joinedBytes,
  joinedF32,
  MONO_16K,
} from './test-audio.js';
import { runNode } from './testing.js';

const F32_48K: AudioShape = { sampleRate: 48_000, channels: 1, format: AUDIO_FORMAT.F32 };

function sine(frequency: number, rate: number, length: number, amplitude = 0.5): Float32Array {
  return Float32Array.from({ length }, (_, i) => amplitude * Math.sin((2 * Math.PI * frequency * i) / rate));
}

async function convert(params: object, inputs: Iterable<AudioData>): Promise<AudioData[]> {
  return audioFrames(await runNode(resample, { params, inputs }));
}

/**
 * How far a sine of that frequency stands above everything else in `samples`, in dB. Amplitude, phase and offset are fitted
 * by least squares over the middle part, so only what the filter adds counts.
 */
function sinad(samples: Float32Array, frequency: number, rate: number): number {
  const edge = Math.floor(samples.length / 8);
  const middle = [...samples.subarray(edge, samples.length - edge)];
  const basis = middle.map((_, i) => {
    const angle = (2 * Math.PI * frequency * (i + edge)) / rate;
    return [Math.sin(angle), Math.cos(angle), 1];
  });
  const dot = (a: number, b: number) => basis.reduce((sum, row) => sum + (row[a] ?? 0) * (row[b] ?? 0), 0);
  const [p, q, r] = solve3(
    [0, 1, 2].map((row) => [
      ...[0, 1, 2].map((column) => dot(row, column)),
      basis.reduce((sum, values, i) => sum + (values[row] ?? 0) * (middle[i] ?? 0), 0),
    ]),
  );
  let signal = 0;
  let rest = 0;
  for (const [i, [sin = 0, cos = 0]] of basis.entries()) {
    const fitted = (p ?? 0) * sin + (q ?? 0) * cos;
    signal += fitted ** 2;
    rest += ((middle[i] ?? 0) - fitted - (r ?? 0)) ** 2;
  }
  return 10 * Math.log10(signal / rest);
}

/** Three linear equations, each `[a, b, c, right side]`, by Gauss-Jordan elimination. */
function solve3(rows: number[][]): number[] {
  for (const [column, pivot] of rows.entries()) {
    const scale = pivot[column] ?? 1;
    for (let i = 0; i < pivot.length; i++) pivot[i] = (pivot[i] ?? 0) / scale;
    for (const row of rows) {
      if (row === pivot) continue;
      const factor = row[column] ?? 0;
      for (let i = 0; i < row.length; i++) row[i] = (row[i] ?? 0) - factor * (pivot[i] ?? 0);
    }
  }
  return rows.map((row) => row[3] ?? 0);
}

/** Power of `expected` over the power of the difference, in dB, without the edges where the filter sees the silence outside. */
function snr(actual: Float32Array, expected: Float32Array, edge: number): number {
  let signal = 0;
  let noise = 0;
  for (let i = edge; i < expected.length - edge; i++) {
    signal += (expected[i] ?? 0) ** 2;
    noise += ((actual[i] ?? 0) - (expected[i] ?? 0)) ** 2;
  }
  return 10 * Math.log10(signal / noise);
}

describe('ResampleNode', () => {
  it.each([
    [48_000, 16_000, 1000],
    [48_000, 16_000, 5000],
    [44_100, 16_000, 3000],
    [16_000, 48_000, 3000],
    [22_050, 16_000, 440],
    [8000, 44_100, 1000],
  ])(
    'from %i to %i Hz keeps a sine of %i Hz above 100 dB, at its place in time, as long as it was',
    async (from, to, hz) => {
      const samples = sine(hz, from, from + 7);
      const inputs = cut(samples, [441]).map((piece) => audioOf(piece, { ...F32_48K, sampleRate: from }));
      const output = joinedF32(await convert({ target_rate: to }, inputs));
      expect(output.length).toBe(Math.round(((from + 7) * to) / from));
      expect(snr(output, sine(hz, to, output.length), Math.ceil(to / 50))).toBeGreaterThan(100);
    },
  );

  it.each([
    [48_000, 16_000],
    [44_100, 16_000],
    [16_000, 48_000],
  ])('from %i to %i Hz adds less than -110 dB to a sine of 1 kHz', async (from, to) => {
    const input = audioOf(sine(1000, from, from), { ...F32_48K, sampleRate: from });
    const output = joinedF32(await convert({ target_rate: to, quality: 'medium' }, [input]));
    expect(sinad(output, 1000, to)).toBeGreaterThan(110);
  });

  it('takes quality in any letter case, and low for fast', async () => {
    const input = [audioOf(sine(1000, 48_000, 4800), F32_48K)];
    const bytes = async (quality: string) => joinedBytes(await convert({ target_rate: 16_000, quality }, input));
    const [fast, medium, high] = [await bytes('fast'), await bytes('medium'), await bytes('high')];
    expect(fast.equals(medium) || medium.equals(high)).toBe(false);
    for (const low of ['low', 'Low', 'LOW', 'Fast']) expect((await bytes(low)).equals(fast)).toBe(true);
    expect((await bytes('Medium')).equals(medium)).toBe(true);
    expect((await bytes('High')).equals(high)).toBe(true);
    expect(resample.checkParams({ target_rate: 8000, quality: 'best' })).toHaveLength(1);
  });

  it('holds the input to the source_rate and channels that are given', async () => {
    const input = [audioOf(sine(1000, 48_000, 480), F32_48K)];
    expect(await convert({ target_rate: 16_000, source_rate: 48_000, channels: 1 }, input)).not.toEqual([]);
    await expect(convert({ target_rate: 16_000, source_rate: 44_100 }, input)).rejects.toMatchObject({
      code: 'input.invalid',
      nodeId: 'node',
      message: "Node 'node' is set to a source_rate of 44100 Hz and got audio of 48000 Hz",
    });
    await expect(convert({ target_rate: 48_000, channels: 2 }, input)).rejects.toMatchObject({
      code: 'input.invalid',
      message: "Node 'node' is set to 2 channels and got audio of 1",
    });
  });

  it('removes what the lower rate cannot hold', async () => {
    const output = joinedF32(await convert({ target_rate: 16_000 }, [audioOf(sine(10_000, 48_000, 48_000), F32_48K)]));
    const rms = Math.sqrt(output.subarray(300, -300).reduce((sum, sample) => sum + sample * sample, 0) / output.length);
    expect(20 * Math.log10(rms)).toBeLessThan(-100);
  });

  it.each(['fast', 'medium', 'high'])('gives the same bytes for pieces of any size, quality %s', async (quality) => {
    const samples = sine(700, 48_000, 50_000);
    const whole = joinedBytes(await convert({ target_rate: 16_000, quality }, [audioOf(samples, F32_48K)]));
    for (const sizes of [[960], [1, 5, 4999], [20_000, 3]]) {
      const inputs = cut(samples, sizes).map((piece) => audioOf(piece, F32_48K));
      const pieces = joinedBytes(await convert({ target_rate: 16_000, quality }, inputs));
      expect(pieces.equals(whole)).toBe(true);
    }
  });

  it('converts each channel for itself', async () => {
    const shape = { ...F32_48K, channels: 2 };
    const left = sine(500, 48_000, 9600);
    const right = sine(2000, 48_000, 9600);
    const both = Float32Array.from({ length: 19_200 }, (_, i) => (i % 2 === 0 ? left : right)[i >> 1] ?? 0);
    const output = joinedF32(
      await convert(
        { target_rate: 16_000 },
        cut(both, [1500]).map((p) => audioOf(p, shape)),
      ),
    );
    const channel = (n: number) => output.filter((_, i) => i % 2 === n);
    expect(output.length).toBe(6400);
    expect(snr(channel(0), sine(500, 16_000, 3200), 300)).toBeGreaterThan(100);
    expect(snr(channel(1), sine(2000, 16_000, 3200), 300)).toBeGreaterThan(100);
  });

  it.each([
    [AUDIO_FORMAT.I16, 80],
    [AUDIO_FORMAT.I32, 100],
  ] as const)('reads integers as such and gives them back: format %i', async (format, atLeast) => {
    const is16 = format === AUDIO_FORMAT.I16;
    const scale = is16 ? 32_768 : 2_147_483_648;
    const floats = sine(1000, 48_000, 48_000);
    const samples = is16 ? Int16Array.from(floats, (s) => s * scale) : Int32Array.from(floats, (s) => s * scale);
    const pieces = await convert({ target_rate: 16_000 }, [audioOf(samples, { ...F32_48K, format })]);
    for (const piece of pieces) expect(piece).toMatchObject({ format, sampleRate: 16_000, channels: 1 });
    expect(pieces.reduce((sum, piece) => sum + piece.numSamples, 0)).toBe(16_000);
    const bytes = new Uint8Array(joinedBytes(pieces)).buffer;
    const output = Float32Array.from(is16 ? new Int16Array(bytes) : new Int32Array(bytes), (s) => s / scale);
    expect(snr(output, sine(1000, 16_000, 16_000), 300)).toBeGreaterThan(atLeast);
  });

  it('gives another format where asked', async () => {
    const [piece] = await convert({ target_rate: 16_000, format: 'i16' }, [
      audioOf(Float32Array.of(0.5, -1), { ...F32_48K, sampleRate: 16_000 }),
    ]);
    expect(piece).toMatchObject({ format: AUDIO_FORMAT.I16, numSamples: 2 });
    expect(joined16(piece === undefined ? [] : [piece])).toEqual(Int16Array.of(16_384, -32_768));
  });

  it('hands audio that has the rate already on untouched', async () => {
    const input = audioOf(countingSamples(100));
    expect(await convert({ target_rate: 16_000 }, [input])).toEqual([input]);
  });

  it('gives the rest of the old rate before the first of a new one', async () => {
    const inputs = [
      audioOf(sine(300, 48_000, 4800), F32_48K),
      audioOf(sine(300, 8000, 800), { ...F32_48K, sampleRate: 8000 }),
      audioOf(sine(300, 16_000, 1600), { ...F32_48K, sampleRate: 16_000 }),
    ];
    const pieces = await convert({ target_rate: 16_000 }, inputs);
    expect(pieces.reduce((sum, piece) => sum + piece.numSamples, 0)).toBe(4800);
    expect(snr(joinedF32(pieces).subarray(0, 1600), sine(300, 16_000, 1600), 200)).toBeGreaterThan(100);
  });

  it('converts each utterance for itself, with its end on the last piece', async () => {
    const utterance = ['start', 'continue', 'end'].map((speech) =>
      audioOf(sine(300, 48_000, 1000), F32_48K, { speech }),
    );
    const pieces = await convert({ target_rate: 16_000 }, [...utterance, ...utterance]);
    expect(pieces.map((piece) => piece.metadata['speech'])).toEqual([
      'start',
      'continue',
      'end',
      'start',
      'continue',
      'end',
    ]);
    const first = joinedBytes(pieces.slice(0, 3));
    expect(first.byteLength).toBe(1000 * 4);
    expect(joinedBytes(pieces.slice(3)).equals(first)).toBe(true);
  });

  it('gives an utterance that comes as a whole as a whole', async () => {
    const whole = audioOf(sine(300, 48_000, 3000), F32_48K, { speech: 'whole' });
    const pieces = await convert({ target_rate: 16_000 }, [whole, whole]);
    expect(pieces.map(({ metadata, numSamples }) => `${metadata['speech']} ${numSamples}`)).toEqual([
      'whole 1000',
      'whole 1000',
    ]);
  });

  it('takes a long input with many channels in one piece', async () => {
    const shape = { ...MONO_16K, channels: 8 };
    const pieces = await convert({ target_rate: 48_000 }, [audioOf(new Int16Array(8 * 50_000), shape)]);
    expect(pieces.reduce((sum, piece) => sum + piece.numSamples, 0)).toBe(8 * 150_000);
  });

  it('refuses what the library cannot do', async () => {
    const inputs = [audioOf(new Float32Array(10), { ...F32_48K, sampleRate: 400_000 })];
    await expect(convert({ target_rate: 16_000 }, inputs)).rejects.toMatchObject({
      code: 'input.invalid',
      message: "Node 'node' cannot resample 400000 Hz, 1 channel, F32 to 16000 Hz",
    });
    expect(resample.checkParams({ target_rate: 1 })).toHaveLength(1);
    expect(resample.checkParams({})).toHaveLength(1);
  });
});
