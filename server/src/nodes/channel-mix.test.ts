import { AUDIO_FORMAT, type AudioData, bytesOf, viewSamples } from '@remotemedia/contract';
import { describe, expect, it } from 'vitest';
import { channelMix } from './channel-mix.js';
import { audioFrames, audioOf, MONO_16K } from './test-audio.js';
import { runNode } from './testing.js';

const STEREO = { ...MONO_16K, channels: 2 };

async function mix(params: object, input: AudioData): Promise<AudioData> {
  const [output] = audioFrames(await runNode(channelMix, { params, inputs: [input] }));
  if (output === undefined) throw new Error('no output');
  return output;
}

function samplesOf({ samples, format }: AudioData): number[] {
  if (format !== 1 && format !== 2 && format !== 3) throw new TypeError(`format ${format}`);
  return [...viewSamples(samples, format)];
}

describe('ChannelMixNode', () => {
  it('gives the mean of all channels as one, and keeps the rest', async () => {
    const input = audioOf(Int16Array.of(10, 20, -32_768, -32_768, 32_767, 32_767, 3, 4), STEREO, { speech: 'start' });
    const output = await mix({}, { ...input, metadataJson: Buffer.from('{}') });
    expect(samplesOf(output)).toEqual([15, -32_768, 32_767, 4]);
    expect(output).toMatchObject({ sampleRate: 16_000, channels: 1, format: AUDIO_FORMAT.I16, numSamples: 4 });
    expect([output.metadata, output.metadataJson]).toEqual([{ speech: 'start' }, Buffer.from('{}')]);
  });

  it('takes the mean of floats without rounding, and of 32-bit integers without overflow', async () => {
    const floats = audioOf(Float32Array.of(0.25, -0.75), { ...STEREO, format: AUDIO_FORMAT.F32 });
    expect(samplesOf(await mix({}, floats))).toEqual([-0.25]);
    const integers = audioOf(Int32Array.of(2_147_483_647, 2_147_483_647), { ...STEREO, format: AUDIO_FORMAT.I32 });
    expect(samplesOf(await mix({}, integers))).toEqual([2_147_483_647]);
  });

  it('copies one channel into many', async () => {
    const output = await mix({ channels: 3 }, audioOf(Int16Array.of(1, -2)));
    expect(samplesOf(output)).toEqual([1, 1, 1, -2, -2, -2]);
    expect(output.channels).toBe(3);
  });

  it('hands on the very same audio where the number is right already', async () => {
    const input = audioOf(Int16Array.of(1, 2, 3, 4), STEREO);
    expect(await mix({ channels: 2 }, input)).toBe(input);
  });

  it('mixes by a matrix, rounds integers and lets them saturate', async () => {
    const input = audioOf(Int16Array.of(1000, 2000, 30_000, 30_000, -30_000, -30_000), STEREO);
    const swap = {
      channels: 2,
      mode: 'matrix',
      matrix: [
        [0, 1],
        [1, 0],
      ],
    };
    expect(samplesOf(await mix(swap, input))).toEqual([2000, 1000, 30_000, 30_000, -30_000, -30_000]);
    const sums = {
      channels: 3,
      mode: 'matrix',
      matrix: [
        [1, 1],
        [0.0005, 0],
        [-1, 0.5],
      ],
    };
    expect(samplesOf(await mix(sums, input))).toEqual([3000, 1, 0, 32_767, 15, -15_000, -32_768, -15, 15_000]);
  });

  it('lets floats go beyond full scale', async () => {
    const input = audioOf(Float32Array.of(1, 1), { ...STEREO, format: AUDIO_FORMAT.F32 });
    expect(samplesOf(await mix({ mode: 'matrix', matrix: [[1, 1]] }, input))).toEqual([2]);
  });

  it('does not write into its input', async () => {
    const samples = Int16Array.of(1, 2, 3, 4);
    await mix({}, audioOf(samples, STEREO));
    expect(bytesOf(samples)).toEqual(bytesOf(Int16Array.of(1, 2, 3, 4)));
  });

  it('makes no message that would take all memory', async () => {
    const input = audioOf(new Int16Array(1_048_577));
    expect((await mix({ channels: 127 }, audioOf(new Int16Array(1)))).numSamples).toBe(127);
    await expect(mix({ channels: 128 }, input)).rejects.toMatchObject({
      code: 'limit.message_size',
      message: "Node 'node' would make a message of 268435712 bytes, and the most is 268435456",
      details: { asked: 268_435_712, allowed: 268_435_456 },
    });
  });

  it('says which matrix is missing or does not fit', async () => {
    await expect(mix({ channels: 3 }, audioOf(Int16Array.of(1, 2), STEREO))).rejects.toMatchObject({
      code: 'input.invalid',
      nodeId: 'node',
      message: "Node 'node' cannot mix 2 channels to 3 without a matrix",
      hint: expect.stringContaining('matrix'),
    });
    await expect(mix({ mode: 'matrix', matrix: [[1, 1]] }, audioOf(Int16Array.of(1)))).rejects.toMatchObject({
      message: "Node 'node' has a matrix for 2 channels and got audio of 1",
    });
  });

  it.each([
    [{ channels: 0 }, 'channels'],
    [{ channels: 129 }, 'channels'],
    [{ channels: 1, mode: 'matrix' }, 'matrix'],
    [{ channels: 1, matrix: [[1]] }, 'matrix'],
    [{ channels: 2, mode: 'matrix', matrix: [[1]] }, 'matrix'],
    [{ channels: 2, mode: 'matrix', matrix: [[1], [1, 2]] }, 'matrix'],
    [{ mode: 'matrix', matrix: [[Number.POSITIVE_INFINITY]] }, 'matrix[0][0]'],
  ])('refuses %o', (params, path) => {
    expect(channelMix.checkParams(params)).toMatchObject([{ path }]);
  });
});
