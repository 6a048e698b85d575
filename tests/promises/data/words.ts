import type { BinaryData, ControlData, ControlRequest, FileData, JsonData, TextData } from '@remotemedia/contract';
import type { Random } from './random.js';

type Fields<T> = Omit<T, 'metadata'>;

const ENCODINGS = ['utf-8', '', 'utf-16-le', 'latin-1', 'ascii', 'utf-16'] as const;
const WIDE_CHARACTERS = ['é', 'ß', '日', '本', '🎙', '\u2028', '\0'].map((text) => Buffer.from(text));
const BYTE_ORDER_MARK = Uint8Array.of(0xff, 0xfe);

/** At most `size` bytes of valid text in every encoding. */
export function text(random: Random, size: number, variant: number): Fields<TextData> {
  const encoding = ENCODINGS[variant % ENCODINGS.length] ?? '';
  return {
    kind: 'text',
    textData: encoded(random, size, encoding),
    encoding,
    language: random.pick(['', 'en', 'zh-Hant-TW']),
    channel: random.pick(['', 'words', 'наречие']),
  };
}

function encoded(random: Random, size: number, encoding: string): Uint8Array {
  const bytes = random.bytes(encoding.startsWith('utf-16') ? size - (size % 2) : size);
  switch (encoding) {
    case 'latin-1':
      return bytes;
    case 'ascii':
      return toAscii(bytes);
    case 'utf-16':
    case 'utf-16-le':
      // Code units below the surrogates.
      for (let index = 1; index < bytes.length; index += 2) bytes[index] = (bytes[index] ?? 0) & 0x7f;
      if (encoding === 'utf-16') bytes.set(BYTE_ORDER_MARK.subarray(0, bytes.length));
      return bytes;
    default:
      return toUtf8(random, bytes);
  }
}

function toAscii(bytes: Uint8Array): Uint8Array {
  for (let index = 0; index < bytes.length; index += 1) bytes[index] = (bytes[index] ?? 0) & 0x7f;
  return bytes;
}

/** ASCII, with a longer character in every few. */
function toUtf8(random: Random, bytes: Uint8Array): Uint8Array {
  toAscii(bytes);
  for (let index = random.below(8); index + 4 <= bytes.length; index += 8) {
    const character = WIDE_CHARACTERS[index % WIDE_CHARACTERS.length];
    if (character !== undefined) bytes.set(character, index);
  }
  return bytes;
}

/** Exactly `size` bytes: nothing at all, small values, or records with every type that JSON has. */
export function json(random: Random, size: number): Fields<JsonData> {
  return { kind: 'json', jsonPayload: document(random, size), schemaType: random.pick(['', 'transcript.v1', 'größe']) };
}

function document(random: Random, size: number): string {
  if (size === 0) return '';
  if (size === 1) return String(random.below(10));
  const records: unknown[] = [];
  const record = {
    id: random.integer(),
    below: -random.below(1000),
    score: random.below(1000) / 1000,
    text: 'say "hello" \\ \n \u0001 \u2028 日本 🎙',
    ok: [true, false, null, {}, [[]]],
    ключ: '',
  };
  const recordBytes = Buffer.byteLength(JSON.stringify(record)) + 20;
  for (let left = size; left > 2 * recordBytes; left -= recordBytes) records.push({ ...record, id: random.integer() });
  const content = JSON.stringify({ records, rest: '' });
  const missing = size - Buffer.byteLength(content);
  if (missing < 0) return JSON.stringify('a'.repeat(size - 2));
  return `${content.slice(0, -2)}${'z'.repeat(missing)}"}`;
}

/** Exactly `size` bytes. */
export function binary(random: Random, size: number): Fields<BinaryData> {
  return { kind: 'binary', data: random.bytes(size), mimeType: random.pick(['', 'image/png', 'x/ü']) };
}

/** A reference has no body: here the file's path takes the `size` bytes. */
export function file(random: Random, size: number, variant: number): Fields<FileData> {
  const isBare = variant % 3 === 0;
  return {
    kind: 'file',
    path: random.word(size),
    filename: isBare ? '' : 'größe 1.wav',
    mimeType: isBare ? '' : 'audio/wav',
    size: random.integer(),
    offset: isBare ? 0 : random.integer(),
    length: random.integer(),
    streamId: isBare ? '' : random.word(8),
  };
}

/** All three messages and none; its own text takes the `size` bytes. */
export function control(random: Random, size: number, variant: number): Fields<ControlData> {
  return {
    kind: 'control',
    message: request(random, variant % 4),
    segmentId: random.pick(['', 'segment-1']),
    timestampMs: random.integer(),
    controlMetadata: random.word(size),
  };
}

function request(random: Random, type: number): ControlRequest | null {
  switch (type) {
    case 1:
      return { type: 'cancel_speculation', fromTimestamp: random.integer(), toTimestamp: random.integer() };
    case 2:
      return { type: 'batch_hint', suggestedBatchSize: random.below(1 << 16) };
    case 3:
      return { type: 'deadline_warning', deadlineUs: random.integer() };
    default:
      return null;
  }
}
