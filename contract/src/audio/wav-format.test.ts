import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeWavHeader, readWavLayout, type WavLayout, wavLayoutOf } from './wav-format.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wav-format-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Bytes from hexadecimal text; blanks are for the eye. */
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
const ascii = (text: string): Buffer => Buffer.from(text, 'latin1');

const RIFF = Buffer.concat([ascii('RIFF'), hex('ffffff7f'), ascii('WAVE')]);
/** PCM, 1 channel, 16000 Hz, 32000 bytes per second, 2 bytes per frame, 16 bits. */
const FMT_16 = Buffer.concat([ascii('fmt '), hex('10000000 0100 0100 803e0000 007d0000 0200 1000')]);
const DATA_6 = Buffer.concat([ascii('data'), hex('06000000 0100 0200 0300')]);

async function layout(...parts: Buffer[]): Promise<WavLayout> {
  const path = join(folder, 'test.wav');
  const bytes = Buffer.concat(parts);
  await writeFile(path, bytes);
  const file = await open(path);
  try {
    const found = await readWavLayout(file, bytes.byteLength);
    // In memory, and at an odd place there, it is the same.
    expect(wavLayoutOf(Buffer.concat([Buffer.alloc(1), bytes]).subarray(1))).toEqual(found);
    return found;
  } finally {
    await file.close();
  }
}

describe('reading the header of a WAV file', () => {
  it('finds format and samples in the plainest file', async () => {
    expect(await layout(RIFF, FMT_16, DATA_6)).toEqual({
      encoding: 'integer',
      bits: 16,
      channels: 1,
      sampleRate: 16_000,
      dataOffset: 44,
      dataBytes: 6,
      isTruncated: false,
    });
  });

  it.each([
    [
      '24-bit PCM, stereo',
      '10000000 0100 0200 44ac0000 98090400 0600 1800',
      { encoding: 'integer', bits: 24, channels: 2, sampleRate: 44_100 },
    ],
    [
      '32-bit PCM',
      '10000000 0100 0100 80bb0000 00ee0200 0400 2000',
      { encoding: 'integer', bits: 32, sampleRate: 48_000 },
    ],
    [
      '32-bit float with an empty extension',
      '12000000 0300 0100 80bb0000 00ee0200 0400 2000 0000',
      { encoding: 'float', bits: 32 },
    ],
    ['64-bit float', '10000000 0300 0100 80bb0000 00dc0500 0800 4000', { encoding: 'float', bits: 64 }],
    [
      'extensible PCM, 20 valid bits in 24',
      '28000000 feff 0100 80bb0000 80320200 0300 1800 1600 1400 04000000 01000000 0000 1000 8000 00aa00389b71',
      { encoding: 'integer', bits: 24 },
    ],
    [
      'extensible float',
      '28000000 feff 0100 80bb0000 00ee0200 0400 2000 1600 2000 04000000 03000000 0000 1000 8000 00aa00389b71',
      { encoding: 'float', bits: 32 },
    ],
  ])('knows %s', async (_name, fmt, expected) => {
    expect(await layout(RIFF, ascii('fmt '), hex(fmt), DATA_6)).toMatchObject(expected);
  });

  it('skips other chunks, with the padding of odd ones, wherever they are', async () => {
    const odd = Buffer.concat([ascii('LIST'), hex('03000000 414243 00')]);
    const even = Buffer.concat([ascii('junk'), hex('02000000 4142')]);
    const found = await layout(RIFF, odd, FMT_16, even, odd, DATA_6, odd);
    expect(found).toMatchObject({ dataOffset: 44 + 12 + 10 + 12, dataBytes: 6, isTruncated: false });
  });

  it('takes fmt after data too', async () => {
    expect(await layout(RIFF, DATA_6, FMT_16)).toMatchObject({ dataOffset: 20, dataBytes: 6 });
  });

  it('counts whole frames as far as a cut file goes', async () => {
    const cutData = Buffer.concat([ascii('data'), hex('e8030000 0100 0200 03')]);
    expect(await layout(RIFF, FMT_16, cutData)).toMatchObject({ dataBytes: 4, isTruncated: true });
  });

  it.each([
    ['all ones', RIFF, 'ffffffff'],
    ['zero, in the whole too', Buffer.concat([ascii('RIFF'), hex('00000000'), ascii('WAVE')]), '00000000'],
  ])('reads a file whose size was never filled in to its end: %s', async (_name, riff, size) => {
    const data = Buffer.concat([ascii('data'), hex(size), hex('0100 0200')]);
    expect(await layout(riff, FMT_16, data)).toMatchObject({ dataBytes: 4, isTruncated: false });
  });

  it('believes in an empty data chunk', async () => {
    const list = Buffer.concat([ascii('LIST'), hex('02000000 4142')]);
    expect(await layout(RIFF, FMT_16, ascii('data'), hex('00000000'), list)).toMatchObject({ dataBytes: 0 });
  });

  it.each([
    ['nothing', [], 'has 0 bytes'],
    ['something else', [ascii('OggS'), Buffer.alloc(60)], 'is not a WAV file'],
    ['RF64', [ascii('RF64'), hex('ffffffff'), ascii('WAVE'), FMT_16, DATA_6], 'is RF64'],
    ['big endian', [ascii('RIFX'), hex('00000024'), ascii('WAVE'), FMT_16, DATA_6], 'is not a WAV file'],
    ['no fmt', [RIFF, DATA_6], 'has no fmt chunk'],
    ['no data', [RIFF, FMT_16], 'has no data chunk'],
    ['an end in the middle of fmt', [RIFF, FMT_16.subarray(0, 12)], 'has a cut fmt chunk'],
    [
      '8-bit PCM',
      [RIFF, ascii('fmt '), hex('10000000 0100 0100 803e0000 803e0000 0100 0800'), DATA_6],
      'has 8-bit integer samples',
    ],
    [
      'A-law',
      [RIFF, ascii('fmt '), hex('10000000 0600 0100 401f0000 401f0000 0100 0800'), DATA_6],
      'has samples of format 0x0006',
    ],
    [
      'an unknown sub-format',
      [
        RIFF,
        ascii('fmt '),
        hex('28000000 feff 0100 80bb0000 00ee0200 0400 2000 1600 2000 04000000 01000000 1111 2222 3333 444444444444'),
        DATA_6,
      ],
      'has samples of format 0100000011112222',
    ],
    [
      'no channels',
      [RIFF, ascii('fmt '), hex('10000000 0100 0000 803e0000 007d0000 0200 1000'), DATA_6],
      'contradicts itself',
    ],
    [
      'a wrong frame size',
      [RIFF, ascii('fmt '), hex('10000000 0100 0200 803e0000 007d0000 0200 1000'), DATA_6],
      'contradicts itself',
    ],
  ])('refuses %s', async (_name, parts, message) => {
    await expect(layout(...parts)).rejects.toThrow(message);
  });
});

describe('writing the header of a WAV file', () => {
  it('writes the classic 44 bytes for PCM', () => {
    const header = makeWavHeader({ encoding: 'integer', bits: 16, channels: 1, sampleRate: 16_000 }, 6);
    expect(Buffer.from(header)).toEqual(
      Buffer.concat([ascii('RIFF'), hex('2a000000'), ascii('WAVE'), FMT_16, DATA_6.subarray(0, 8)]),
    );
  });

  it('counts the padding of an odd length in the whole, not in data', () => {
    const header = Buffer.from(makeWavHeader({ encoding: 'integer', bits: 24, channels: 1, sampleRate: 8000 }, 9));
    expect([header.readUInt32LE(4), header.readUInt32LE(40)]).toEqual([36 + 10, 9]);
  });

  it('writes extension size and frame count for floats', async () => {
    const format = { encoding: 'float', bits: 32, channels: 2, sampleRate: 48_000 } as const;
    const header = Buffer.from(makeWavHeader(format, 16));
    expect(header.subarray(36)).toEqual(
      Buffer.concat([hex('0000'), ascii('fact'), hex('04000000 02000000'), ascii('data'), hex('10000000')]),
    );
    expect(await layout(header, Buffer.alloc(16))).toMatchObject({ ...format, dataOffset: 58, dataBytes: 16 });
  });
});
