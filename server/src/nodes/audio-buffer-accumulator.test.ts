import { AUDIO_FORMAT, type AudioData } from '@remotemedia/contract';
import { describe, expect, it } from 'vitest';
import { audioBufferAccumulator } from './audio-buffer-accumulator.js';
import { energyVadGate } from './energy-vad-gate.js';
import { audioFrames, audioOf, countingSamples, cut, joined16, MONO_16K } from './test-audio.js';
import { runNode, testContext } from './testing.js';

async function join(inputs: Iterable<AudioData>, params: object = {}): Promise<AudioData[]> {
  return audioFrames(await runNode(audioBufferAccumulator, { params, inputs }));
}

/** An utterance of so many samples a piece, marked. */
function utterance(sizes: readonly number[], metadata: Record<string, string> = {}): AudioData[] {
  return sizes.map((size, i) =>
    audioOf(countingSamples(size), MONO_16K, {
      ...metadata,
      speech: i === 0 ? 'start' : i === sizes.length - 1 ? 'end' : 'continue',
    }),
  );
}

describe('AudioBufferAccumulatorNode', () => {
  it('joins each utterance into one message, marked as a whole', async () => {
    const inputs = [...utterance([3000, 2000, 1000], { speaker: 'a' }), ...utterance([4000, 4000])];
    const messages = await join(inputs);
    expect(messages.map(({ numSamples, metadata }) => [numSamples, metadata])).toEqual([
      [6000, { speaker: 'a', speech: 'whole', speech_start_ms: '0', speech_end_ms: '375', duration_ms: '375' }],
      [8000, { speech: 'whole', speech_start_ms: '375', speech_end_ms: '875', duration_ms: '500' }],
    ]);
    const [first] = messages;
    expect(first).toMatchObject(MONO_16K);
    expect(joined16(messages.slice(0, 1))).toEqual(
      Int16Array.of(...countingSamples(3000), ...countingSamples(2000), ...countingSamples(1000)),
    );
  });

  it('gives the message with the end mark, not later', async () => {
    const node = await audioBufferAccumulator.create({}, testContext());
    const given = utterance([4000, 4000, 4000]).map((data) => {
      const result = node.process?.(data, { from: '', frame: { sequence: 0, timestampUs: 0, data } });
      return [...(result as Iterable<AudioData>)].length;
    });
    expect(given).toEqual([0, 0, 1]);
  });

  it('takes the times of the gate', async () => {
    const [start, end] = utterance([4000, 4000], { speech_start_ms: '1230' });
    if (start === undefined || end === undefined) throw new Error('no pieces');
    const inputs = [start, { ...end, metadata: { ...end.metadata, speech_end_ms: '1731' } }];
    expect((await join(inputs))[0]?.metadata).toEqual({
      speech: 'whole',
      speech_start_ms: '1230',
      speech_end_ms: '1731',
      duration_ms: '500',
    });
  });

  it('takes audio without marks as one utterance', async () => {
    const samples = countingSamples(10_000);
    const messages = await join(cut(samples, [700]).map((piece) => audioOf(piece)));
    expect(messages.map(({ metadata }) => metadata['duration_ms'])).toEqual(['625']);
    expect(joined16(messages)).toEqual(samples);
  });

  it('drops what lies between utterances, and ends an open one there', async () => {
    const none = audioOf(countingSamples(500), MONO_16K, { speech: 'none' });
    const [start] = utterance([5000, 1]);
    if (start === undefined) throw new Error('no piece');
    expect((await join([none, start, none, none])).map(({ numSamples }) => numSamples)).toEqual([5000]);
  });

  it('drops utterances shorter than min_utterance_duration_ms, and counts them in the log', async () => {
    const lines: string[] = [];
    const log = { ...testContext().log, debug: (line: string) => lines.push(line) };
    const inputs = [...utterance([1000, 1000]), ...utterance([2000, 1999]), ...utterance([2000, 2000])];
    const frames = await runNode(audioBufferAccumulator, { inputs, context: { log } });
    expect(audioFrames(frames).map(({ numSamples }) => numSamples)).toEqual([4000]);
    expect(lines).toEqual([expect.stringContaining('125 ms'), expect.stringMatching(/250 ms.*; 2 so far$/)]);
  });

  it.each([[[1]], [[160]], [[1601, 7]], [[100_000]]])(
    'goes on in a next message after max_utterance_duration_ms, whatever the sizes: %o',
    async (sizes) => {
      const samples = countingSamples(3500);
      const inputs = cut(samples, sizes).map((piece) => audioOf(piece));
      const messages = await join(inputs, { min_utterance_duration_ms: 50, max_utterance_duration_ms: 100 });
      expect(messages.map(({ metadata }) => metadata)).toEqual([
        { speech_start_ms: '0', speech_end_ms: '100', duration_ms: '100' },
        { speech_start_ms: '100', speech_end_ms: '200', duration_ms: '100' },
        { speech_start_ms: '200', speech_end_ms: '219', duration_ms: '19' },
      ]);
      expect(joined16(messages)).toEqual(samples);
    },
  );

  it.each([
    [
      [1600, 1600, 300],
      ['start 1600', 'continue 1600', 'end 300'],
    ],
    [[1000, 600], ['whole 1600']],
    [
      [1600, 1600],
      ['start 1600', 'end 1600'],
    ],
    [
      [3200, 0],
      ['start 1600', 'end 1600'],
    ],
  ])('marks the messages of a long utterance, the last with samples: pieces of %o', async (sizes, expected) => {
    const messages = await join(utterance(sizes), { min_utterance_duration_ms: 50, max_utterance_duration_ms: 100 });
    expect(messages.map(({ metadata, numSamples }) => `${metadata['speech']} ${numSamples}`)).toEqual(expected);
  });

  it('takes an utterance that comes as a whole for one', async () => {
    const whole = audioOf(countingSamples(4000), MONO_16K, { speech: 'whole', speech_start_ms: '500' });
    const messages = await join([whole, whole]);
    expect(messages.map(({ metadata }) => metadata)).toEqual([
      { speech: 'whole', speech_start_ms: '500', speech_end_ms: '750', duration_ms: '250' },
      { speech: 'whole', speech_start_ms: '500', speech_end_ms: '750', duration_ms: '250' },
    ]);
  });

  it('holds no more than 64 MiB, whatever the number of channels', async () => {
    const shape = { sampleRate: 192_000, channels: 128, format: AUDIO_FORMAT.F32 };
    const input = audioOf(new Float32Array(128 * 20_000), shape);
    const messages = await join(
      Array.from({ length: 8 }, () => input),
      { max_utterance_duration_ms: 600_000 },
    );
    expect(messages.map(({ samples }) => samples.byteLength)).toEqual([64 * 1024 * 1024, 8 * 10_240_000 - 2 ** 26]);
  });

  it('gives what it holds when the shape changes', async () => {
    const inputs = [audioOf(countingSamples(8000)), audioOf(countingSamples(8000), { ...MONO_16K, sampleRate: 8000 })];
    expect((await join(inputs)).map(({ sampleRate, metadata }) => [sampleRate, metadata['speech_start_ms']])).toEqual([
      [16_000, '0'],
      [8000, '500'],
    ]);
  });

  it('joins what a voice gate lets through', async () => {
    const samples = Int16Array.from({ length: 32_000 }, (_, i) =>
      i > 8000 && i < 20_000 ? 9000 * Math.sin(i / 5) : 0,
    );
    const gated = audioFrames(await runNode(energyVadGate, { inputs: cut(samples, [333]).map((s) => audioOf(s)) }));
    const messages = await join(gated);
    expect(messages.map(({ metadata }) => metadata)).toEqual([
      { speech: 'whole', speech_start_ms: '300', speech_end_ms: '1550', duration_ms: '1250' },
    ]);
    expect(joined16(messages)).toEqual(joined16(gated));
  });

  it('refuses parameters that let nothing through', () => {
    const given = { min_utterance_duration_ms: 2000, max_utterance_duration_ms: 1000 };
    expect(audioBufferAccumulator.checkParams(given)).toMatchObject([{ path: 'min_utterance_duration_ms' }]);
    expect(audioBufferAccumulator.checkParams({ max_utterance_duration_ms: 600_001 })).toHaveLength(1);
  });
});
