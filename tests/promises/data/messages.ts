import { type DataKind, type Frame, type Metadata, type RuntimeData, setMetadata } from '@remotemedia/contract';
import { numpy, tensor } from './arrays.js';
import { audio, video } from './media.js';
import { Random } from './random.js';
import { binary, control, file, json, text } from './words.js';

const KINDS = [
  'audio',
  'video',
  'tensor',
  'numpy',
  'text',
  'json',
  'binary',
  'composite',
  'file',
  'control',
] as const satisfies readonly DataKind[];
/** Those whose content is in the body: they alone grow to megabytes. */
const BODY_KINDS = KINDS.slice(0, 8);

/** Names of the sets of messages, with how many are in each. */
export const MESSAGE_SETS = { empty: 10_000, small: 100_000, large: 1200 } as const;
export type MessageSet = keyof typeof MESSAGE_SETS;

/** One message in so many of the large set is large; those between it go through the other lane. */
const LARGE_EVERY = 6;
export const LARGE_MESSAGES = MESSAGE_SETS.large / LARGE_EVERY;
const MIB = 1024 * 1024;

/** A stride that visits every position of a set once, so that sizes come in no order. */
const STRIDE = 40_503;

/**
 * One message of a set: the same bytes for the same index, however often it is made.
 *
 * `empty`: no body, in all variants of each kind. `small`: sizes spread logarithmically from 1 byte to 64 KiB. `large`: from 1
 * to 32 MiB, with small ones between them.
 */
export function messageAt(set: MessageSet, index: number): Frame {
  const random = new Random(index, MESSAGE_SETS[set]);
  const isLarge = set === 'large' && index % LARGE_EVERY === 0;
  const kinds = isLarge ? BODY_KINDS : KINDS;
  const number = isLarge ? index / LARGE_EVERY : index;
  const kind = kinds[number % kinds.length] ?? 'binary';
  const data = make(random, kind, sizeOf(set, index), Math.floor(number / kinds.length));
  return { sequence: index * 3 + 1, timestampUs: random.integer(), data };
}

function sizeOf(set: MessageSet, index: number): number {
  if (set === 'empty') return 0;
  if (set === 'large' && index % LARGE_EVERY === 0) {
    const position = ((index / LARGE_EVERY) * STRIDE) % LARGE_MESSAGES;
    return Math.round(MIB * 2 ** ((5 * position) / (LARGE_MESSAGES - 1)));
  }
  const count = MESSAGE_SETS.small;
  return Math.round(2 ** ((16 * ((index * STRIDE) % count)) / (count - 1)));
}

function make(random: Random, kind: DataKind, size: number, variant: number): RuntimeData {
  const metadata = metadataOf(random);
  switch (kind) {
    case 'audio':
      return { ...audio(random, size, variant), metadata };
    case 'video':
      return { ...video(random, size, variant), metadata };
    case 'tensor':
      return { ...tensor(random, size, variant), metadata };
    case 'numpy':
      return { ...numpy(random, size, variant), metadata };
    case 'text':
      return { ...text(random, size, variant), metadata };
    case 'json':
      return { ...json(random, size), metadata };
    case 'binary':
      return { ...binary(random, size), metadata };
    case 'file':
      return { ...file(random, size, variant), metadata };
    case 'control':
      return { ...control(random, size, variant), metadata };
    case 'composite':
      return { kind, buffers: partsOf(random, size, variant), metadata };
  }
}

/** None to four messages of any kind but composite. */
function partsOf(random: Random, size: number, variant: number): Map<string, RuntimeData> {
  const count = size === 0 ? variant % 5 : 1 + (variant % 4);
  const buffers = new Map<string, RuntimeData>();
  for (const name of ['left', '', 'größe', '__proto__'].slice(0, count)) {
    const kind = (['binary', 'audio', 'numpy', 'text', 'json', 'file', 'control', 'tensor', 'video'] as const)[
      random.below(9)
    ];
    buffers.set(name, make(random, kind ?? 'binary', Math.floor(size / count), random.below(600)));
  }
  return buffers;
}

/** Mostly none, as in life; some with names and values that have tripped others. */
function metadataOf(random: Random): Metadata {
  const metadata: Metadata = {};
  const pairs: [string, string][] = [
    ['source', 'microphone 1'],
    ['пусто', ''],
    ['__proto__', '{"a": 1}\n🎙'],
    ['confidence', String(random.below(1000) / 1000)],
  ];
  for (const [key, value] of pairs.slice(0, random.pick([0, 0, 1, 4]))) setMetadata(metadata, key, value);
  return metadata;
}
