import { AUDIO_FORMAT, type AudioData } from '@remotemedia/contract';
import { describe, expect, it } from 'vitest';
import { energyVadGate } from './energy-vad-gate.js';
import { audioFrames, audioOf, cut, joined16, joinedBytes, MONO_16K } from './test-audio.js';
import { runNode } from './testing.js';

const PER_MS = 16;

/** Noise at -70 dBFS for even entries of `lengthsMs`, a loud tone for odd ones; every sample is its own. */
function alternating(...lengthsMs: number[]): Int16Array {
  const samples = new Int16Array(lengthsMs.reduce((sum, ms) => sum + ms, 0) * PER_MS);
  let at = 0;
  for (const [index, ms] of lengthsMs.entries()) {
    for (const end = at + ms * PER_MS; at < end; at++) {
      samples[at] = index % 2 === 0 ? ((at * 7919) % 21) - 10 : Math.round(10_000 * Math.sin(at / 5));
    }
  }
  return samples;
}

async function gate(samples: Int16Array, params: object = {}, sizes = [1024]): Promise<AudioData[]> {
  const inputs = cut(samples, sizes).map((piece) => audioOf(piece));
  return audioFrames(await runNode(energyVadGate, { params, inputs }));
}

/** Pieces joined to utterances. */
function utterances(pieces: AudioData[]): { startMs: number; endMs: number; samples: Int16Array }[] {
  const found: { startMs: number; endMs: number; samples: Int16Array }[] = [];
  let open: AudioData[] = [];
  for (const piece of pieces) {
    const mark = piece.metadata['speech'];
    expect(piece.numSamples).toBeGreaterThan(0);
    expect(mark === 'start').toBe(open.length === 0);
    open.push(piece);
    if (mark !== 'end') continue;
    const { speech_start_ms, speech_end_ms } = piece.metadata;
    found.push({ startMs: Number(speech_start_ms), endMs: Number(speech_end_ms), samples: joined16(open) });
    open = [];
  }
  expect(open).toEqual([]);
  return found;
}

const SIZES = [[1024], [160], [1], [161, 37, 4096], [1_000_000]];

describe('EnergyVadGateNode', () => {
  it.each(SIZES)('passes utterances with lead-in and hangover, whatever the input sizes: %o …', async (...sizes) => {
    const samples = alternating(500, 300, 800, 200, 600);
    const found = utterances(await gate(samples, { pre_roll_ms: 200, hangover_ms: 300 }, sizes));
    expect(found.map(({ startMs, endMs }) => [startMs, endMs])).toEqual([
      [300, 1100],
      [1400, 2100],
    ]);
    for (const { startMs, endMs, samples: passed } of found) {
      expect(passed).toEqual(samples.slice(startMs * PER_MS, endMs * PER_MS));
    }
  });

  it.each(SIZES)('loses nothing in mode mark: %o …', async (...sizes) => {
    const samples = alternating(503, 300, 800, 20, 100, 200, 600, 30);
    const pieces = await gate(samples, { mode: 'mark' }, sizes);
    expect(joined16(pieces)).toEqual(samples);
    const speech = pieces.filter((piece) => piece.metadata['speech'] !== 'none');
    expect(utterances(speech).map(({ startMs, endMs }) => [startMs, endMs])).toEqual([
      [300, 1110],
      [1520, 2230],
    ]);
  });

  it('ends an utterance that is still open when the stream ends', async () => {
    const samples = alternating(100, 333);
    const found = utterances(await gate(samples));
    expect(found).toEqual([{ startMs: 0, endMs: 433, samples }]);
  });

  it('bridges pauses shorter than the hangover', async () => {
    expect(utterances(await gate(alternating(400, 200, 250, 200, 500), { hangover_ms: 300 }))).toHaveLength(1);
    expect(utterances(await gate(alternating(400, 200, 350, 200, 500), { hangover_ms: 300 }))).toHaveLength(2);
  });

  it('ignores clicks shorter than min_speech_ms', async () => {
    expect(await gate(alternating(400, 30, 400), { min_speech_ms: 50 })).toEqual([]);
    expect(utterances(await gate(alternating(400, 30, 400), { min_speech_ms: 20 }))).toHaveLength(1);
  });

  it('gives an utterance a start and an end where all times are zero', async () => {
    const params = { min_speech_ms: 0, hangover_ms: 0, pre_roll_ms: 0 };
    const found = utterances(await gate(alternating(100, 10, 100), params, [1_000_000]));
    expect(found.map(({ startMs, endMs }) => [startMs, endMs])).toEqual([[100, 120]]);
  });

  it('drops silence', async () => {
    expect(await gate(alternating(5000))).toEqual([]);
    expect(await gate(new Int16Array(0))).toEqual([]);
  });

  it('measures level in dBFS, over all channels, in every format', async () => {
    const square = (amplitude: number) =>
      Float32Array.from({ length: 16_000 }, (_, i) => (i % 4 < 2 ? amplitude : -amplitude));
    const shapes = { ...MONO_16K, channels: 2 };
    const passes = async (level: number, scale: number, format: 1 | 2 | 3) => {
      const floats = square(10 ** (level / 20));
      const typed =
        format === AUDIO_FORMAT.F32
          ? floats
          : format === AUDIO_FORMAT.I16
            ? Int16Array.from(floats, (s) => s * scale)
            : Int32Array.from(floats, (s) => s * scale);
      const inputs = [audioOf(typed, { ...shapes, format })];
      return (await runNode(energyVadGate, { params: { threshold_db: -20 }, inputs })).length > 0;
    };
    for (const [format, scale] of [
      [1, 1],
      [2, 32_768],
      [3, 2_147_483_648],
    ] as const) {
      expect([format, await passes(-20.1, scale, format)]).toEqual([format, false]);
      expect([format, await passes(-19.9, scale, format)]).toEqual([format, true]);
    }
  });

  it('closes the utterance when the format changes, and counts time on', async () => {
    const first = audioOf(alternating(100, 400));
    const other = audioOf(alternating(0, 400), { ...MONO_16K, sampleRate: 8000 });
    const pieces = audioFrames(await runNode(energyVadGate, { inputs: [first, other] }));
    expect(pieces.map((piece) => [piece.sampleRate, piece.metadata['speech']])).toEqual([
      [16_000, 'start'],
      [16_000, 'continue'],
      [16_000, 'end'],
      [8000, 'start'],
      [8000, 'continue'],
      [8000, 'end'],
    ]);
    expect(pieces.at(-1)?.metadata).toMatchObject({ speech_start_ms: '500', speech_end_ms: '1300' });
  });

  it('keeps the metadata of the input', async () => {
    const inputs = [audioOf(alternating(0, 400), MONO_16K, { speaker: 'b' })];
    const [start] = audioFrames(await runNode(energyVadGate, { inputs }));
    expect(start?.metadata).toEqual({ speaker: 'b', speech: 'start', speech_start_ms: '0' });
  });

  it('does not write into its input, and keeps no view of it', async () => {
    const samples = alternating(50, 400);
    const before = samples.slice();
    function* inOneBuffer() {
      const buffer = new Int16Array(1000);
      for (const piece of cut(samples, [1000])) {
        buffer.set(piece);
        yield audioOf(buffer.subarray(0, piece.length));
      }
    }
    const pieces = audioFrames(await runNode(energyVadGate, { inputs: inOneBuffer() }));
    expect(joinedBytes(pieces).equals(Buffer.from(before.buffer))).toBe(true);
  });
});
