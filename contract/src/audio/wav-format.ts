/**
 * The header of a WAV file: reading any that holds plain samples, writing the simplest that every program takes.
 *
 * A file is RIFF chunks: 4 letters, a 32-bit size, the content, and a zero byte after an odd size. `fmt ` says what the
 * samples are, `data` holds them; others are skipped.
 */

export interface WavFormat {
  readonly encoding: 'integer' | 'float';
  /** Bits of one sample in the file: 16, 24 or 32 for integers, 32 or 64 for floats. */
  readonly bits: number;
  readonly channels: number;
  readonly sampleRate: number;
}

/** A file that is open, as `node:fs/promises` opens it. */
export interface ReadableFile {
  read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<{ readonly bytesRead: number }>;
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

/** Asks for so many bytes at a position; the answer is null when the file ends before. */
type Search = Generator<readonly [position: number, length: number], WavLayout, DataView | null>;

/**
 * Finds format and samples of a WAV file of `size` bytes. A `data` chunk that promises more than there is (a recording that
 * was cut off, or written to a pipe) counts as far as it goes.
 *
 * @throws WavError
 */
export async function readWavLayout(file: ReadableFile, size: number): Promise<WavLayout> {
  const search = searchLayout(size);
  let step = search.next();
  while (step.done !== true) {
    const [position, length] = step.value;
    const bytes = new Uint8Array(length);
    const { bytesRead } = await file.read(bytes, 0, length, position);
    step = search.next(bytesRead < length ? null : new DataView(bytes.buffer));
  }
  return step.value;
}

/**
 * The same for a file that lies in memory.
 *
 * @throws WavError
 */
export function wavLayoutOf(bytes: Uint8Array): WavLayout {
  const search = searchLayout(bytes.byteLength);
  let step = search.next();
  while (step.done !== true) {
    const [position, length] = step.value;
    const isThere = position + length <= bytes.byteLength;
    step = search.next(isThere ? new DataView(bytes.buffer, bytes.byteOffset + position, length) : null);
  }
  return step.value;
}

function* searchLayout(size: number): Search {
  const riff = yield [0, 12];
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
    const header: DataView | null = yield [position, 8];
    if (header === null) break;
    const id = text(header, 0);
    const declared = header.getUint32(4, true);
    if (id === 'fmt ') format = parseFormat(yield [position + 8, Math.min(declared, FMT_BYTES)]);
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
  const id = [...new Uint8Array(fmt.buffer, fmt.byteOffset + 24, 16)];
  const idText = id.map((byte) => byte.toString(16).padStart(2, '0')).join('');
  const subTag = fmt.getUint16(24, true);
  return idText.endsWith(SUBFORMAT_SUFFIX) ? [subTag, hex(subTag)] : [null, idText];
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
  const header = new Uint8Array(20 + fmtBytes + factBytes + 8);
  const view = new DataView(header.buffer);
  const frameBytes = wavFrameBytes(format);
  putText(header, 0, 'RIFF');
  view.setUint32(4, header.byteLength - 8 + dataBytes + (dataBytes % 2), true);
  putText(header, 8, 'WAVEfmt ');
  view.setUint32(16, fmtBytes, true);
  view.setUint16(20, isFloat ? TAG_FLOAT : TAG_PCM, true);
  view.setUint16(22, format.channels, true);
  view.setUint32(24, format.sampleRate, true);
  view.setUint32(28, format.sampleRate * frameBytes, true);
  view.setUint16(32, frameBytes, true);
  view.setUint16(34, format.bits, true);
  let at = 20 + fmtBytes;
  if (isFloat) {
    putText(header, at, 'fact');
    view.setUint32(at + 4, 4, true);
    view.setUint32(at + 8, dataBytes / frameBytes, true);
    at += factBytes;
  }
  putText(header, at, 'data');
  view.setUint32(at + 4, dataBytes, true);
  return header;
}

function putText(bytes: Uint8Array, offset: number, ascii: string): void {
  for (let index = 0; index < ascii.length; index++) bytes[offset + index] = ascii.charCodeAt(index);
}

function text(view: DataView, offset: number): string {
  return String.fromCharCode(...new Uint8Array(view.buffer, view.byteOffset + offset, 4));
}
