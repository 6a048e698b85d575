import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AUDIO_FORMAT, type AudioData, bytesOf, type Frame, makeWavHeader } from '@remotemedia/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { audioOutput } from './audio-output.js';
import { audioFrames, audioOf, countingSamples, cut, joined16, MONO_16K } from './test-audio.js';
import { runNode, testContext } from './testing.js';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'audio-output-'));
});
afterAll(() => rm(root, { recursive: true }));

const give = (params: object, inputs: Iterable<AudioData>): Promise<Frame[]> =>
  runNode(audioOutput, { params, inputs, context: { nodeId: 'out', mediaRoots: [root] } });

const PCM_16 = { encoding: 'integer', bits: 16, channels: 1, sampleRate: 16_000 } as const;
const samples = countingSamples(1601);
const pieces = () => cut(samples, [300]).map((piece) => audioOf(piece, MONO_16K, { speaker: 'a' }));
const wavBytes = () => Buffer.concat([makeWavHeader(PCM_16, samples.byteLength), bytesOf(samples)]);

describe('AudioOutputNode', () => {
  it('hands the very same audio on where nothing is asked', async () => {
    const inputs = pieces();
    const outputs = audioFrames(await give({}, inputs));
    expect(outputs).toHaveLength(inputs.length);
    for (const [i, output] of outputs.entries()) expect(output).toBe(inputs[i]);
  });

  it('gives one WAV message at the end, as large as its audio', async () => {
    const frames = await give({ container: 'wav' }, pieces());
    expect(frames).toHaveLength(1);
    const data = frames[0]?.data;
    expect(data).toMatchObject({ kind: 'binary', mimeType: 'audio/wav', metadata: { duration_ms: '100' } });
    expect(data?.kind === 'binary' && wavBytes().equals(data.data)).toBe(true);
  });

  it('writes what AudioFileSinkNode writes', async () => {
    const [frame] = await give({ path: 'out.wav' }, pieces());
    expect(frame?.data).toMatchObject({ kind: 'file', filename: 'out.wav', mimeType: 'audio/wav' });
    expect((await readFile(join(root, 'out.wav'))).equals(wavBytes())).toBe(true);
    await expect(give({ path: 'out.wav', overwrite: false }, pieces())).rejects.toMatchObject({
      code: 'input.invalid',
    });
  });

  it('converts channels, rate and format before', async () => {
    const stereo = { sampleRate: 48_000, channels: 2, format: AUDIO_FORMAT.F32 };
    const floats = Float32Array.from({ length: 9600 }, (_, i) => (i % 2 === 0 ? 0.5 : 0.25));
    const inputs = cut(floats, [1000]).map((piece) => audioOf(piece, stereo));
    const outputs = audioFrames(await give({ sample_rate: 16_000, channels: 1, format: 'i16' }, inputs));
    for (const output of outputs) expect(output).toMatchObject(MONO_16K);
    const converted = joined16(outputs);
    expect(converted.length).toBe(1600);
    for (const sample of converted.subarray(200, -200)) expect(Math.abs(sample - 12_288)).toBeLessThanOrEqual(2);
  });

  it('converts for a WAV message too, 24 bits included', async () => {
    const [frame] = await give({ container: 'wav', format: 'i24', sample_rate: 8000 }, [audioOf(countingSamples(2))]);
    const data = frame?.data.kind === 'binary' ? Buffer.from(frame.data.data) : Buffer.alloc(0);
    expect(data.byteLength).toBe(44 + 3 + 1);
    expect([data.readUInt32LE(24), data.readUInt16LE(34), data.readUInt32LE(40)]).toEqual([8000, 24, 3]);
  });

  it('gives 24 bits all that the conversion knows, and 16 bits as they were', async () => {
    const inOnePiece = [audioOf(samples)];
    const bytes = async (params: object) => {
      const [frame] = await give({ container: 'wav', format: 'i24', ...params }, inOnePiece);
      return frame?.data.kind === 'binary' ? Buffer.from(frame.data.data).subarray(44) : Buffer.alloc(0);
    };
    const kept = await bytes({});
    samples.forEach((sample, i) => void expect(kept.readIntLE(i * 3, 3)).toBe(sample * 256));
    const converted = await bytes({ sample_rate: 8000 });
    // Made of 16 bits they would all be 0.
    const lowest = new Set(converted.filter((_, i) => i % 3 === 0));
    expect(lowest.size).toBeGreaterThan(1);
  });

  it('says when the audio is more than one message may hold', async () => {
    expect(await give({ container: 'wav', max_bytes: 4000 }, pieces())).toHaveLength(1);
    await expect(give({ container: 'wav', max_bytes: 3000 }, pieces())).rejects.toMatchObject({
      code: 'limit.message_size',
      nodeId: 'out',
      message: "Node 'out' has more audio than one message of max_bytes (3000) holds",
      details: { allowed: 3000 },
    });
  });

  it('gives no message where no audio came', async () => {
    expect(await give({ container: 'wav' }, [])).toEqual([]);
    expect(await give({ path: 'none.wav' }, [])).toEqual([]);
    expect(await readdir(root)).not.toContain('none.wav');
  });

  it('refuses another rate in the middle of a file, unless it converts', async () => {
    const inputs = [audioOf(countingSamples(160)), audioOf(countingSamples(80), { ...MONO_16K, sampleRate: 8000 })];
    for (const params of [{ container: 'wav' }, { path: 'two.wav' }]) {
      await expect(give(params, inputs)).rejects.toMatchObject({ code: 'input.invalid', nodeId: 'out' });
      expect(await give({ ...params, sample_rate: 16_000 }, inputs)).toHaveLength(1);
    }
  });

  it('leaves nothing when the session ends in the middle', async () => {
    const before = await readdir(root);
    const node = await audioOutput.create({ path: 'cut.wav', sample_rate: 8000 }, testContext({ mediaRoots: [root] }));
    const data = audioOf(countingSamples(100));
    const made = await node.process?.(data, { from: '', frame: { sequence: 0, timestampUs: 0, data } });
    for await (const _ of made as AsyncIterable<AudioData>) expect.unreachable();
    await node.close?.();
    expect(await readdir(root)).toEqual(before);
  });

  it.each([
    [{ overwrite: false }, 'overwrite'],
    [{ format: 'i24' }, 'format'],
    [{ channels: 129 }, 'channels'],
    [{ container: 'wav', max_bytes: 2 ** 31 }, 'max_bytes'],
  ])('refuses %o', (params, path) => {
    expect(audioOutput.checkParams(params)).toMatchObject([{ path }]);
  });
});
