import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AudioData, makeWavHeader, type RuntimeData, type WavFormat } from '@remotemedia/contract';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UsageError } from '../usage-error.js';
import { type InputChunk, openInput } from './input-file.js';
import { OutputFile } from './output-file.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'remotemedia-cli-'));
});
afterEach(() => rm(folder, { recursive: true }));

const I16_MONO: WavFormat = { encoding: 'integer', bits: 16, channels: 1, sampleRate: 16_000 };

async function writeWav(name: string, samples: Uint8Array, format: WavFormat = I16_MONO): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, Buffer.concat([makeWavHeader(format, samples.byteLength), samples]));
  return path;
}

async function readAll(path: string): Promise<InputChunk[]> {
  const input = await openInput({ nodeId: 'n', path });
  const chunks: InputChunk[] = [];
  for await (const chunk of input.chunks()) chunks.push(chunk);
  await input.close();
  expect(chunks.reduce((sum, { fileBytes }) => sum + fileBytes, 0)).toBe(input.totalBytes);
  return chunks;
}

function text(value: string): RuntimeData {
  const textData = new TextEncoder().encode(value);
  return { kind: 'text', textData, encoding: '', language: '', channel: '', metadata: {} };
}

function audio(samples: Uint8Array, sampleRate = 16_000): AudioData {
  const numSamples = samples.byteLength / 2;
  return { kind: 'audio', samples, sampleRate, channels: 1, format: 2, numSamples, metadataJson: null, metadata: {} };
}

describe('input files', () => {
  test('a WAV file comes in pieces of 100 ms with their media time, and the samples unchanged', async () => {
    const samples = Uint8Array.from({ length: 2 * 4000 }, (_, index) => index % 251);
    const chunks = await readAll(await writeWav('a.wav', samples));
    expect(chunks.map(({ timestampMs }) => timestampMs)).toEqual([0, 100, 200]);
    expect(chunks.map(({ data }) => data.kind === 'audio' && data.numSamples)).toEqual([1600, 1600, 800]);
    const joined = chunks.map(({ data }) => (data.kind === 'audio' ? data.samples : new Uint8Array()));
    expect(Buffer.concat(joined).equals(samples)).toBe(true);
  });

  test('24-bit samples become 32-bit ones', async () => {
    const path = await writeWav('a.wav', Uint8Array.of(1, 2, 3), { ...I16_MONO, bits: 24 });
    const [chunk] = await readAll(path);
    expect(chunk?.data).toMatchObject({ kind: 'audio', format: 3, numSamples: 1, samples: Uint8Array.of(0, 1, 2, 3) });
  });

  test.each([
    ['a.txt', { kind: 'text', encoding: 'utf-8' }],
    ['a.json', { kind: 'json', jsonPayload: '{"a": 1}' }],
    ['a.bin', { kind: 'binary', mimeType: 'application/octet-stream' }],
  ])('%s is sent by its kind, as one message', async (name, data) => {
    const path = join(folder, name);
    await writeFile(path, '{"a": 1}');
    expect(await readAll(path)).toMatchObject([{ data }]);
  });

  test.each([
    ['broken.json', '{', 'is not JSON'],
    ['broken.wav', 'RIFF', 'less than a header'],
  ])('%s is refused before anything starts', async (name, content, message) => {
    const path = join(folder, name);
    await writeFile(path, content);
    await expect(openInput({ nodeId: 'n', path })).rejects.toThrow(message);
    await expect(openInput({ nodeId: 'n', path })).rejects.toThrow(UsageError);
  });

  test('a file that is not there is the mistake of the command line', async () => {
    await expect(openInput({ nodeId: 'n', path: join(folder, 'no.wav') })).rejects.toThrow(UsageError);
  });
});

describe('output files', () => {
  const open = (name: string): Promise<OutputFile> => OutputFile.open({ nodeId: 'n', path: join(folder, name) });

  test('audio becomes a WAV file that reads back the same', async () => {
    const output = await open('out.wav');
    await output.write(audio(Uint8Array.of(1, 0, 2, 0)));
    await output.write(audio(Uint8Array.of(3, 0)));
    expect(await output.finish()).toMatchObject({ nodeId: 'n', content: '0.00 s of audio, 16000 Hz, 1 channel' });
    const [chunk] = await readAll(join(folder, 'out.wav'));
    expect(chunk?.data).toMatchObject({ samples: Uint8Array.of(1, 0, 2, 0, 3, 0), sampleRate: 16_000, format: 2 });
  });

  test('text becomes a line per result, bytes stay bytes', async () => {
    const lines = await open('out.txt');
    for (const each of ['go forward', 'ten meters']) await lines.write(text(each));
    expect(await lines.finish()).toMatchObject({ content: '2 text results' });
    expect(await readFile(join(folder, 'out.txt'), 'utf8')).toBe('go forward\nten meters\n');

    const raw = await open('out.bin');
    await raw.write({ kind: 'binary', data: Uint8Array.of(9, 8), mimeType: '', metadata: {} });
    await raw.finish();
    expect(await readFile(join(folder, 'out.bin'))).toEqual(Buffer.of(9, 8));
  });

  test('a failed run leaves the file that was there, and nothing else', async () => {
    await writeFile(join(folder, 'out.txt'), 'before');
    const output = await open('out.txt');
    await output.write(text('half'));
    await output.discard();
    expect(await readFile(join(folder, 'out.txt'), 'utf8')).toBe('before');
    expect(await readdir(folder)).toEqual(['out.txt']);
  });

  test('a node that gave nothing has no file', async () => {
    const output = await open('out.wav');
    expect(await output.finish()).toBeNull();
    expect(await readdir(folder)).toEqual([]);
  });

  test.each([
    ['another rate', audio(Uint8Array.of(1, 0), 8000)],
    ['another kind', text('x')],
  ])('%s in the middle is refused, since one file cannot hold both', async (_what, second) => {
    const output = await open('out.wav');
    await output.write(audio(Uint8Array.of(1, 0)));
    await expect(output.write(second)).rejects.toMatchObject({ code: 'input.invalid', nodeId: 'n' });
    await output.discard();
  });
});
