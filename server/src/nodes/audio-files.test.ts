import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AUDIO_FORMAT,
  type AudioData,
  type FileData,
  type Frame,
  makeWavHeader,
  type RuntimeData,
  type WavFormat,
} from '@remotemedia/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { audioFileSink } from './audio-file-sink.js';
import { audioFileSource, mediaReader } from './audio-file-source.js';
import { audioFrames, audioOf, countingSamples, cut, joined16, joinedBytes, MONO_16K } from './test-audio.js';
import { runNode, testContext } from './testing.js';

let base: string;
let root: string;
beforeAll(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'audio-files-')));
});
afterAll(() => rm(base, { recursive: true }));
beforeEach(async () => {
  root = await mkdtemp(join(base, 'root-'));
});

const context = () => ({ nodeId: 'file', mediaRoots: [root] });
const source = (params: object): Promise<Frame[]> => runNode(audioFileSource, { params, context: context() });
const sink = (params: object, inputs: AudioData[]): Promise<Frame[]> =>
  runNode(audioFileSink, { params, inputs, context: context() });

const PCM_16: WavFormat = { encoding: 'integer', bits: 16, channels: 1, sampleRate: 16_000 };

async function writeWav(name: string, format: WavFormat, bytes: Uint8Array): Promise<void> {
  await writeFile(join(root, name), Buffer.concat([makeWavHeader(format, bytes.byteLength), bytes]));
}

/** What Python's own `wave` module makes of our files, and we of its. */
function python(script: string, ...args: string[]): string {
  return execFileSync('python3', ['-c', script, ...args], { encoding: 'utf8' });
}

describe('AudioFileSourceNode', () => {
  it('reads a file in frames of frame_ms with sequence and media time', async () => {
    const samples = countingSamples(1000);
    await writeWav('a.wav', PCM_16, new Uint8Array(samples.buffer));
    const frames = await source({ path: 'a.wav', frame_ms: 20 });
    expect(frames.map(({ sequence, timestampUs }) => [sequence, timestampUs])).toEqual([
      [0, 0],
      [1, 20_000],
      [2, 40_000],
      [3, 60_000],
    ]);
    const pieces = audioFrames(frames);
    expect(pieces.map((piece) => piece.numSamples)).toEqual([320, 320, 320, 40]);
    expect(pieces[0]).toMatchObject({ sampleRate: 16_000, channels: 1, format: AUDIO_FORMAT.I16 });
    expect(joined16(pieces)).toEqual(samples);
  });

  it('reads a file larger than one block, with frames that do not divide it', async () => {
    const samples = countingSamples(1_000_003);
    await writeWav('long.wav', { ...PCM_16, sampleRate: 44_100 }, new Uint8Array(samples.buffer));
    const frames = await source({ path: 'long.wav', frame_ms: 23.7 });
    expect(joinedBytes(audioFrames(frames)).equals(Buffer.from(samples.buffer))).toBe(true);
    expect(frames.at(-1)?.timestampUs).toBe(Math.round(((frames.length - 1) * 1045 * 1e6) / 44_100));
  });

  it('reads what the wave module of Python wrote', async () => {
    const script = `
import sys, wave, struct
for width, name in ((2, '16'), (3, '24'), (4, '32')):
    with wave.open(f'{sys.argv[1]}/py{name}.wav', 'wb') as f:
        f.setnchannels(2); f.setsampwidth(width); f.setframerate(22050)
        f.writeframes(b''.join((i * 256 ** (width - 2)).to_bytes(width, 'little', signed=True) for i in range(-500, 501)) + bytes(width))
`;
    python(script, root);
    for (const [name, format, unit] of [
      ['16', AUDIO_FORMAT.I16, 1],
      ['24', AUDIO_FORMAT.I32, 65_536],
      ['32', AUDIO_FORMAT.I32, 65_536],
    ] as const) {
      const pieces = audioFrames(await source({ path: `py${name}.wav` }));
      expect(pieces[0]).toMatchObject({ format, channels: 2, sampleRate: 22_050 });
      const bytes = new Uint8Array(joinedBytes(pieces)).buffer;
      const samples = format === AUDIO_FORMAT.I16 ? new Int16Array(bytes) : new Int32Array(bytes);
      expect([...samples]).toEqual([...Array.from({ length: 1001 }, (_, i) => (i - 500) * unit), 0]);
    }
  });

  it('gives the sample format that is asked for', async () => {
    await writeWav('a.wav', PCM_16, new Uint8Array(Int16Array.of(-32_768, 16_384).buffer));
    const [piece] = audioFrames(await source({ path: 'a.wav', format: 'f32' }));
    expect(piece).toMatchObject({ format: AUDIO_FORMAT.F32, numSamples: 2 });
    expect(Buffer.from(piece?.samples ?? [])).toEqual(Buffer.from(Float32Array.of(-1, 0.5).buffer));
  });

  it('reads a cut file as far as it goes, and says so in the log', async () => {
    const warnings: string[] = [];
    const log = { ...testContext().log, warn: (message: string) => warnings.push(message) };
    await writeFile(join(root, 'cut.wav'), Buffer.concat([makeWavHeader(PCM_16, 1000), Buffer.alloc(7)]));
    const frames = await runNode(audioFileSource, { params: { path: 'cut.wav' }, context: { ...context(), log } });
    expect(audioFrames(frames).map((piece) => piece.numSamples)).toEqual([3]);
    expect(warnings).toEqual([expect.stringContaining('cut.wav is shorter than its header says')]);
  });

  it('stops when the session is over', async () => {
    await writeWav('a.wav', PCM_16, new Uint8Array(2_000_000));
    const ended = AbortSignal.abort();
    expect(
      await runNode(audioFileSource, { params: { path: 'a.wav' }, context: { ...context(), signal: ended } }),
    ).toEqual([]);
  });

  it('says what is wrong with a file, and with which', async () => {
    await writeFile(join(root, 'song.ogg'), 'OggS and so on, long enough');
    await expect(source({ path: 'song.ogg' })).rejects.toMatchObject({
      code: 'input.invalid',
      nodeId: 'file',
      message: "Node 'file' cannot read song.ogg: it is not a WAV file",
      hint: expect.stringContaining('ffmpeg'),
    });
  });
});

describe('MediaReaderNode', () => {
  const file = (path: string, part: Partial<FileData> = {}): FileData => ({
    kind: 'file',
    path,
    filename: '',
    mimeType: '',
    size: 0,
    offset: 0,
    length: 0,
    streamId: '',
    metadata: { title: path },
    ...part,
  });
  const read = (params: object, inputs: RuntimeData[]): Promise<Frame[]> =>
    runNode(mediaReader, { params, inputs, context: context() });

  it('reads the files of its messages, one after the other, with their metadata', async () => {
    await writeWav('a.wav', PCM_16, new Uint8Array(countingSamples(500).buffer));
    await writeWav('b.wav', { ...PCM_16, sampleRate: 8000 }, new Uint8Array(countingSamples(100).buffer));
    const frames = await read({}, [file('a.wav'), file(join(root, 'b.wav'), { size: 244, length: 244 })]);
    expect(frames.map(({ sequence, timestampUs }) => [sequence, timestampUs])).toEqual([
      [0, 0],
      [1, 20_000],
      [2, 0],
    ]);
    const pieces = audioFrames(frames);
    expect(pieces.map(({ sampleRate, numSamples }) => [sampleRate, numSamples])).toEqual([
      [16_000, 320],
      [16_000, 180],
      [8000, 100],
    ]);
    expect(pieces[0]?.metadata).toEqual({ title: 'a.wav' });
  });

  it('reads the file of its path first, as a source does', async () => {
    await writeWav('a.wav', PCM_16, new Uint8Array(countingSamples(1000).buffer));
    const own = await read({ path: 'a.wav', frame_ms: 10 }, []);
    expect(own).toEqual(await source({ path: 'a.wav', frame_ms: 10 }));
    const both = await read({ path: 'a.wav', frame_ms: 10 }, [file('a.wav')]);
    expect(both.map(({ sequence }) => sequence)).toEqual([...Array(both.length).keys()]);
    expect(both).toHaveLength(own.length * 2);
  });

  it.each<[string, RuntimeData]>([
    ['cannot find none.wav', file('none.wav')],
    ['may not use ../a.wav: it contains ".."', file('../a.wav')],
    ['got 10 bytes at 5 of a.wav', file('a.wav', { size: 100, offset: 5, length: 10 })],
    ['got audio where it takes a file', audioOf(countingSamples(1))],
  ])('%s', async (message, data) => {
    await writeWav('a.wav', PCM_16, new Uint8Array(2));
    await expect(read({}, [data])).rejects.toMatchObject({
      code: 'input.invalid',
      nodeId: 'file',
      message: `Node 'file' ${message}`,
    });
  });

  it('closes a file when what is read of it is not taken', async () => {
    await writeWav('a.wav', PCM_16, new Uint8Array(countingSamples(1000).buffer));
    const open = async () => (await readdir('/proc/self/fd')).length;
    const before = await open();
    for (let round = 0; round < 20; round++) {
      const node = await mediaReader.create({}, testContext(context()));
      const data = file('a.wav');
      const made = await node.process?.(data, { from: '', frame: { sequence: 0, timestampUs: 0, data } });
      for await (const _ of made as AsyncIterable<Frame>) break;
      await node.close?.();
    }
    expect(await open()).toBeLessThan(before + 10);
  });
});

describe('AudioFileSinkNode', () => {
  it.each([
    ['keep', AUDIO_FORMAT.I16, 16],
    ['i24', AUDIO_FORMAT.I32, 24],
    ['i32', AUDIO_FORMAT.I32, 32],
  ] as const)('writes what the wave module of Python reads: %s', async (format, sampleFormat, bits) => {
    const samples =
      sampleFormat === AUDIO_FORMAT.I16
        ? countingSamples(777)
        : Int32Array.from({ length: 777 }, (_, i) => (i - 300) * 65_536);
    const inputs = cut(samples, [100]).map((piece) => audioOf(piece, { ...MONO_16K, format: sampleFormat }));
    const [frame] = await sink({ path: 'out.wav', format }, inputs);
    const bytes = (777 * bits) / 8;
    expect(frame?.data).toEqual({
      kind: 'file',
      path: join(root, 'out.wav'),
      filename: 'out.wav',
      mimeType: 'audio/wav',
      size: 44 + bytes + (bytes % 2),
      offset: 0,
      length: 44 + bytes + (bytes % 2),
      streamId: '',
      metadata: { duration_ms: '49' },
    });
    const script = `
import sys, wave, json
with wave.open(sys.argv[1], 'rb') as f:
    w = f.getsampwidth(); raw = f.readframes(f.getnframes())
    print(json.dumps([f.getnchannels(), w, f.getframerate(), f.getnframes(), [int.from_bytes(raw[i:i+w], 'little', signed=True) for i in range(0, len(raw), w)]]))
`;
    const unit = 2 ** (bits - 16);
    const values =
      sampleFormat === AUDIO_FORMAT.I16 ? [...samples] : [...samples].map((sample) => (sample / 65_536) * unit);
    expect(JSON.parse(python(script, join(root, 'out.wav')))).toEqual([1, bits / 8, 16_000, 777, values]);
    expect((await readFile(join(root, 'out.wav'))).byteLength).toBe(44 + bytes + (bytes % 2));
  });

  it('writes floats that the source gives back bit for bit', async () => {
    const shape = { sampleRate: 48_000, channels: 2, format: AUDIO_FORMAT.F32 };
    const samples = Float32Array.from({ length: 5000 }, (_, i) => Math.sin(i) * 1.5);
    await sink(
      { path: 'f.wav' },
      cut(samples, [962]).map((piece) => audioOf(piece, shape)),
    );
    const pieces = audioFrames(await source({ path: 'f.wav' }));
    expect(pieces[0]).toMatchObject(shape);
    expect(joinedBytes(pieces).equals(Buffer.from(samples.buffer))).toBe(true);
  });

  it('has the name only when it is complete, and leaves nothing when it is not', async () => {
    const node = await audioFileSink.create({ path: 'out.wav' }, testContext(context()));
    const data = audioOf(countingSamples(100));
    await node.process?.(data, { from: '', frame: { sequence: 0, timestampUs: 0, data } });
    expect(await readdir(root)).toEqual([expect.stringMatching(/^\.remotemedia-.*\.part$/)]);
    await node.close?.();
    expect(await readdir(root)).toEqual([]);
  });

  it('writes no file where no audio came', async () => {
    expect(await sink({ path: 'out.wav' }, [])).toEqual([]);
    expect(await readdir(root)).toEqual([]);
  });

  it('replaces a file, unless told not to', async () => {
    await writeFile(join(root, 'out.wav'), 'old');
    await expect(sink({ path: 'out.wav', overwrite: false }, [])).rejects.toMatchObject({ code: 'input.invalid' });
    await sink({ path: 'out.wav' }, [audioOf(countingSamples(10))]);
    expect((await readFile(join(root, 'out.wav'))).byteLength).toBe(64);
    expect(await readdir(root)).toEqual(['out.wav']);
  });

  it('refuses another rate in the middle, and removes its draft', async () => {
    const inputs = [audioOf(countingSamples(10)), audioOf(countingSamples(10), { ...MONO_16K, sampleRate: 8000 })];
    await expect(sink({ path: 'out.wav' }, inputs)).rejects.toMatchObject({
      code: 'input.invalid',
      message: "Node 'file' writes 16000 Hz with 1 channels and got 8000 Hz, 1 channel, I16",
      hint: expect.stringContaining('ResampleNode'),
    });
    expect(await readdir(root)).toEqual([]);
  });
});

describe('paths of media files', () => {
  const isRefused = (message: string) => ({
    code: 'input.invalid',
    nodeId: 'file',
    details: { setting: 'limits.media_roots' },
    message: expect.stringContaining(message),
  });

  beforeEach(async () => {
    await writeWav('in.wav', PCM_16, new Uint8Array(4));
    await mkdir(join(root, 'sub'));
    await writeFile(join(base, 'secret.wav'), await readFile(join(root, 'in.wav')));
  });

  it('may be relative to a root, absolute, or a link that stays inside', async () => {
    await symlink(join(root, 'in.wav'), join(root, 'sub', 'link.wav'));
    for (const path of ['in.wav', './in.wav', 'sub/link.wav', join(root, 'in.wav')]) {
      expect(await source({ path })).toHaveLength(1);
    }
  });

  it('may lie below a root that is itself a link', async () => {
    const link = join(base, `link-${Date.now()}`);
    await symlink(root, link);
    for (const path of ['in.wav', join(link, 'in.wav'), join(root, 'in.wav')]) {
      expect(await runNode(audioFileSource, { params: { path }, context: { mediaRoots: [link] } })).toHaveLength(1);
    }
  });

  it('are looked for in one root after the other', async () => {
    const empty = await mkdtemp(join(base, 'empty-'));
    const mediaRoots = [join(base, 'not-there'), empty, root];
    expect(await runNode(audioFileSource, { params: { path: 'in.wav' }, context: { mediaRoots } })).toHaveLength(1);
  });

  it.each([
    ['../secret.wav', 'contains ".."'],
    ['sub/../in.wav', 'contains ".."'],
    ['/etc/passwd', 'outside of limits.media_roots'],
    ['/etc/not-there', 'outside of limits.media_roots'],
    ['/dev/zero', 'outside of limits.media_roots'],
    ['sub', 'it is a folder'],
    ['sub/', 'needs the path of a file'],
    ['a\0b', 'needs the path of a file'],
    ['none.wav', 'cannot find none.wav'],
  ])('are refused for reading: %j', async (path, message) => {
    await expect(source({ path })).rejects.toMatchObject(isRefused(message));
  });

  it.each([
    ['../out.wav', 'contains ".."'],
    ['/etc/out.wav', 'outside of limits.media_roots'],
    ['sub', 'it is a folder'],
    ['none/out.wav', 'cannot find the folder of none/out.wav'],
  ])('are refused for writing: %j', async (path, message) => {
    await expect(sink({ path }, [audioOf(countingSamples(1))])).rejects.toMatchObject(isRefused(message));
  });

  it('are refused when a link leads out of the roots', async () => {
    await symlink(join(base, 'secret.wav'), join(root, 'link.wav'));
    await symlink(base, join(root, 'up'));
    await expect(source({ path: 'link.wav' })).rejects.toMatchObject(isRefused('outside of limits.media_roots'));
    await expect(source({ path: 'up/secret.wav' })).rejects.toMatchObject(isRefused('outside of limits.media_roots'));
    await expect(sink({ path: 'up/new.wav' }, [])).rejects.toMatchObject(isRefused('outside of limits.media_roots'));
    await expect(sink({ path: 'link.wav' }, [])).rejects.toMatchObject(isRefused('it is a symbolic link'));
  });

  it('are refused for a root whose name only begins like that of another', async () => {
    await mkdir(`${root}-other`);
    await writeFile(`${root}-other/in.wav`, '');
    await expect(source({ path: `${root}-other/in.wav` })).rejects.toMatchObject(isRefused('outside'));
  });

  it('are refused for pipes and devices, without waiting on them', async () => {
    execFileSync('mkfifo', [join(root, 'pipe.wav')]);
    await symlink('/dev/zero', join(root, 'zero.wav'));
    await expect(source({ path: 'pipe.wav' })).rejects.toMatchObject(isRefused('it is no regular file'));
    await expect(sink({ path: 'pipe.wav' }, [])).rejects.toMatchObject(isRefused('it is no regular file'));
    const withDev = { nodeId: 'file', mediaRoots: ['/dev'] };
    await expect(runNode(audioFileSource, { params: { path: 'zero' }, context: withDev })).rejects.toMatchObject(
      isRefused('it is no regular file'),
    );
  });

  it('are refused when no root is configured, with the name of the setting', async () => {
    await expect(
      runNode(audioFileSource, { params: { path: 'in.wav' }, context: { nodeId: 'file' } }),
    ).rejects.toMatchObject({
      ...isRefused('limits.media_roots is empty'),
      hint: 'Name the folder in limits.media_roots of runtime.toml.',
    });
  });
});
