import { AUDIO_FORMAT } from '@remotemedia/contract';
import { describe, expect, it } from 'vitest';
import { audioChunker } from './audio-chunker.js';
import { speechMark } from './speech-mark.js';
import { audioFrames, audioOf, countingSamples, cut, joined16, MONO_16K } from './test-audio.js';
import { runNode } from './testing.js';

const chunk = async (params: object, inputs: Parameters<typeof runNode>[1]) =>
  audioFrames(await runNode(audioChunker, { ...inputs, params }));

describe('AudioChunkerNode', () => {
  it.each([
    ['small pieces', [1, 7, 160]],
    ['pieces of its own size', [100]],
    ['one large piece', [100_000]],
    ['pieces around its own size', [99, 101, 250]],
  ])('cuts %s into chunks of chunk_size and flushes the rest', async (_name, sizes) => {
    const samples = countingSamples(10_050);
    const inputs = cut(samples, sizes).map((piece) => audioOf(piece));
    const chunks = await chunk({ chunk_size: 100 }, { inputs });
    expect(chunks.map((piece) => piece.numSamples)).toEqual([...Array(100).fill(100), 50]);
    expect(joined16(chunks)).toEqual(samples);
  });

  it('takes 1024 samples where no size is given', async () => {
    const inputs = [audioOf(countingSamples(2048))];
    expect((await chunk({}, { inputs })).map((piece) => piece.numSamples)).toEqual([1024, 1024]);
  });

  it('counts samples per channel and keeps rate, format, metadata', async () => {
    const shape = { sampleRate: 44_100, channels: 3, format: AUDIO_FORMAT.F32 };
    const input = audioOf(
      Float32Array.from({ length: 30 }, (_, i) => i / 30),
      shape,
      { speaker: 'a' },
    );
    const chunks = await chunk({ chunk_size: 4 }, { inputs: [{ ...input, metadataJson: Buffer.from('{}') }] });
    expect(chunks.map((piece) => piece.samples.byteLength)).toEqual([48, 48, 24]);
    for (const piece of chunks) {
      expect(piece).toMatchObject({ sampleRate: 44_100, channels: 3, format: 1, metadata: { speaker: 'a' } });
      expect(piece.metadataJson).toEqual(Buffer.from('{}'));
    }
  });

  it('does not copy chunks that lie whole in an input', async () => {
    const samples = countingSamples(250);
    const chunks = await chunk({ chunk_size: 100 }, { inputs: [audioOf(samples)] });
    expect(chunks.map((piece) => piece.samples.buffer === samples.buffer)).toEqual([true, true, false]);
  });

  it('keeps what it holds when the memory of an input is used again', async () => {
    function* inOneBuffer() {
      const samples = Int16Array.of(1, 2, 3);
      yield audioOf(samples);
      samples.fill(9);
      yield audioOf(samples);
    }
    const chunks = await chunk({ chunk_size: 4 }, { inputs: inOneBuffer() });
    expect(joined16(chunks)).toEqual(Int16Array.of(1, 2, 3, 9, 9, 9));
  });

  it('flushes what it holds when the format changes', async () => {
    const inputs = [
      audioOf(countingSamples(30)),
      audioOf(countingSamples(30), { ...MONO_16K, sampleRate: 8000 }),
      audioOf(new Float32Array(25), { ...MONO_16K, sampleRate: 8000, format: AUDIO_FORMAT.F32 }),
    ];
    const chunks = await chunk({ chunk_size: 20 }, { inputs });
    expect(chunks.map((piece) => [piece.sampleRate, piece.format, piece.numSamples])).toEqual([
      [16_000, 2, 20],
      [16_000, 2, 10],
      [8000, 2, 20],
      [8000, 2, 10],
      [8000, 1, 20],
      [8000, 1, 5],
    ]);
  });

  it('gives a chunk the metadata of the input its first sample came with', async () => {
    const inputs = [
      audioOf(countingSamples(3), MONO_16K, { n: '1' }),
      audioOf(countingSamples(3), MONO_16K, { n: '2' }),
    ];
    const chunks = await chunk({ chunk_size: 2 }, { inputs });
    expect(chunks.map((piece) => piece.metadata['n'])).toEqual(['1', '1', '2']);
  });

  it('keeps utterances apart, each with one start and one end', async () => {
    const utterance = (sizes: number[]) =>
      sizes.map((size, i) =>
        audioOf(countingSamples(size), MONO_16K, {
          speech: i === 0 ? 'start' : i === sizes.length - 1 ? 'end' : 'continue',
        }),
      );
    const inputs = [...utterance([25, 10, 10]), ...utterance([3, 4]), ...utterance([30, 15]), ...utterance([5, 0])];
    const chunks = await chunk({ chunk_size: 10 }, { inputs });
    expect(chunks.map((piece) => `${speechMark(piece.metadata)} ${piece.numSamples}`)).toEqual([
      'start 10',
      'continue 10',
      'continue 10',
      'continue 10',
      'end 5',
      'start 3',
      'end 4',
      'start 10',
      'continue 10',
      'continue 10',
      'continue 10',
      'end 5',
      'start 5',
      'end 0',
    ]);
  });

  it.each([
    [25, ['start 10', 'continue 10', 'end 5']],
    [20, ['start 10', 'end 10']],
    [10, ['whole 10']],
    [4, ['whole 4']],
    [0, ['whole 0']],
  ])('cuts an utterance that comes as a whole: %i samples', async (size, expected) => {
    const before = audioOf(countingSamples(3), MONO_16K, { speech: 'none' });
    const inputs = [before, audioOf(countingSamples(size), MONO_16K, { speech: 'whole' })];
    const chunks = await chunk({ chunk_size: 10 }, { inputs });
    expect(chunks.map((piece) => `${speechMark(piece.metadata)} ${piece.numSamples}`)).toEqual(['none 3', ...expected]);
  });

  it('builds one chunk of very many inputs', async () => {
    const samples = countingSamples(60_000);
    const chunks = await chunk({ chunk_size: 59_999 }, { inputs: cut(samples, [3]).map((piece) => audioOf(piece)) });
    expect(chunks.map((piece) => piece.numSamples)).toEqual([59_999, 1]);
    expect(joined16(chunks)).toEqual(samples);
  });

  it('refuses what is not audio, with its name', async () => {
    const text = {
      kind: 'text',
      textData: Buffer.from('x'),
      encoding: '',
      language: '',
      channel: '',
      metadata: {},
    } as const;
    await expect(runNode(audioChunker, { inputs: [text], context: { nodeId: 'cut' } })).rejects.toMatchObject({
      code: 'input.invalid',
      nodeId: 'cut',
    });
  });
});
