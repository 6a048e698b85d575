/**
 * The header of a WAV file: reading any that holds plain samples, writing the simplest that every program takes.
 *
 * A file is RIFF chunks: 4 letters, a 32-bit size, the content, and a zero byte after an odd size. `fmt ` says what the
 * samples are, `data` holds them; others are skipped.
 */
import type { FileHandle } from 'node:fs/promises';

export interface WavFormat {
  readonly encoding: 'integer' | 'float';
  /** Bits of one sample in the file: 16, 24 or 32 for integers, 32 or 64 for floats. */
  readonly bits: number;
  readonly channels: number;
  readonly sampleRate: number;
}

export interface WavLayout extends WavFormat {
  /** Where the samples begin in the file. */
  readonly dataOffset: number;
  /** Bytes of whole frames that are there. */
  readonly dataBytes: number;
  /** True when the header promises more than the file holds. */
  readonly isTruncated: boolean;
}

/** What is wrong with a WAV file, and what to do about it. */
export class WavError extends Error {
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

const TAG_PCM = 0x0001;
const TAG_FLOAT = 0x0003;
const TAG_EXTENSIBLE = 0xfffe;
/** The end of every sub-format id that is a tag of the classic list in another form. */
const SUBFORMAT_SUFFIX = '000000001000800000aa00389b71';
/** A size that a program writes when it does not know it yet. */
const UNKNOWN_SIZE = 0xffffffff;
/** More chunks than this before the samples are not an honest file. */
const MAX_CHUNKS = 4096;
/** Bytes of `fmt ` that matter. */
const FMT_BYTES = 40;
/** The most bytes of samples that the 32-bit sizes of a header can tell. */
export const MAX_WAV_DATA_BYTES = UNKNOWN_SIZE - 64;

const CONVERT_HINT = 'Convert it to PCM of 16, 24 or 32 bits, or to 32-bit float, for example with ffmpeg or sox.';

export function wavFrameBytes(format: WavFormat): number {
  return (format.bits / 8) * format.channels;
}

/**
 * Finds format and samples of a WAV file of `size` bytes. A `data` chunk that promises more than there is (a recording that
 * was cut off, or written to a pipe) counts as far as it goes.
 *
 * @throws WavError
 */
export async function readWavLayout(file: FileHandle, size: number): Promise<WavLayout> {
  const riff = await readAt(file, 0, 12);
  if (riff === null)
    throw new WavError(`has ${size} bytes, less than a header`, 'Check that it was written completely.');
  const magic = text(riff, 0);
  if (magic === 'RF64' || magic === 'BW64') {
    throw new WavError(`is ${magic}, the form of WAV for more than 4 GiB`, 'Split it into WAV files below 4 GiB.');
  }
  if (magic !== 'RIFF' || text(riff, 8) !== 'WAVE') {
    throw new WavError('is not a WAV file', CONVERT_HINT);
  }
  const riffBytes = riff.getUint32(4, true);
  let format: WavFormat | null = null;
  let data: { offset: number; declared: number } | null = null;
  let position = 12;
  for (let count = 0; (format === null || data === null) && count < MAX_CHUNKS; count++) {
    const header = await readAt(file, position, 8);
    if (header === null) break;
    const id = text(header, 0);
    const declared = header.getUint32(4, true);
    if (id === 'fmt ') format = parseFormat(await readAt(file, position + 8, Math.min(declared, FMT_BYTES)));
    if (id === 'data') data = { offset: position + 8, declared };
    position += 8 + declared + (declared % 2);
  }
  if (format === null) throw new WavError('has no fmt chunk', 'Check that it was written completely.');
  if (data === null) throw new WavError('has no data chunk', 'Check that it was written completely.');
  const present = Math.max(0, size - data.offset);
  // A program that writes to a pipe cannot go back to fill in the sizes.
  const isUnknown =
    data.declared === UNKNOWN_SIZE || (data.declared === 0 && (riffBytes === 0 || riffBytes === UNKNOWN_SIZE));
  const bytes = isUnknown ? present : Math.min(data.declared, present);
  return {
    ...format,
    dataOffset: data.offset,
    dataBytes: bytes - (bytes % wavFrameBytes(format)),
    isTruncated: !isUnknown && data.declared > present,
  };
}

function parseFormat(fmt: DataView | null): WavFormat {
  if (fmt === null || fmt.byteLength < 16)
    throw new WavError('has a cut fmt chunk', 'Check that it was written completely.');
  const [tag, kind] = resolveTag(fmt);
  const channels = fmt.getUint16(2, true);
  const sampleRate = fmt.getUint32(4, true);
  const blockBytes = fmt.getUint16(12, true);
  const bits = fmt.getUint16(14, true);
  const encoding = tag === TAG_PCM ? 'integer' : tag === TAG_FLOAT ? 'float' : null;
  const isReadable =
    encoding !== null && (encoding === 'integer' ? [16, 24, 32].includes(bits) : [32, 64].includes(bits));
  if (!isReadable) {
    const what = encoding === null ? `samples of format ${kind}` : `${bits}-bit ${encoding} samples`;
    throw new WavError(`has ${what}`, CONVERT_HINT);
  }
  if (channels === 0 || sampleRate === 0 || blockBytes !== (bits / 8) * channels) {
    const facts = `${channels} channels, ${sampleRate} Hz, ${bits} bits, ${blockBytes} bytes per frame`;
    throw new WavError(`has a fmt chunk that contradicts itself: ${facts}`, CONVERT_HINT);
  }
  return { encoding, bits, channels, sampleRate };
}

/** The classic tag, also out of an extensible header, and how to name it in a message. */
function resolveTag(fmt: DataView): [tag: number | null, name: string] {
  const tag = fmt.getUint16(0, true);
  if (tag !== TAG_EXTENSIBLE) return [tag, hex(tag)];
  if (fmt.byteLength < FMT_BYTES) return [null, 'WAVE_FORMAT_EXTENSIBLE without its extension'];
  const id = Buffer.from(fmt.buffer, fmt.byteOffset + 24, 16);
  const subTag = id.readUInt16LE(0);
  return id.toString('hex', 2) === SUBFORMAT_SUFFIX ? [subTag, hex(subTag)] : [null, id.toString('hex')];
}

function hex(tag: number): string {
  return `0x${tag.toString(16).padStart(4, '0')}`;
}

/** The header in front of `dataBytes` bytes of samples. */
export function makeWavHeader(format: WavFormat, dataBytes: number): Uint8Array {
  const isFloat = format.encoding === 'float';
  // Formats other than PCM carry the size of an extension they do not have, and the number of frames.
  const fmtBytes = isFloat ? 18 : 16;
  const factBytes = isFloat ? 12 : 0;
  const header = Buffer.alloc(20 + fmtBytes + factBytes + 8);
  const frameBytes = wavFrameBytes(format);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(header.byteLength - 8 + dataBytes + (dataBytes % 2), 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(fmtBytes, 16);
  header.writeUInt16LE(isFloat ? TAG_FLOAT : TAG_PCM, 20);
  header.writeUInt16LE(format.channels, 22);
  header.writeUInt32LE(format.sampleRate, 24);
  header.writeUInt32LE(format.sampleRate * frameBytes, 28);
  header.writeUInt16LE(frameBytes, 32);
  header.writeUInt16LE(format.bits, 34);
  let at = 20 + fmtBytes;
  if (isFloat) {
    header.write('fact', at, 'latin1');
    header.writeUInt32LE(4, at + 4);
    header.writeUInt32LE(dataBytes / frameBytes, at + 8);
    at += factBytes;
  }
  header.write('data', at, 'latin1');
  header.writeUInt32LE(dataBytes, at + 4);
  return header;
}

/** So many bytes of the file; null when it ends before. */
async function readAt(file: FileHandle, position: number, length: number): Promise<DataView | null> {
  const bytes = new Uint8Array(length);
  const { bytesRead } = await file.read(bytes, 0, length, position);
  return bytesRead < length ? null : new DataView(bytes.buffer);
}

function text(view: DataView, offset: number): string {
  return String.fromCharCode(...new Uint8Array(view.buffer, view.byteOffset + offset, 4));
}
