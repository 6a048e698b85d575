import type { Draw } from '../soak/draw.js';
import { randomBytes } from './hostile-values.js';
import { varint } from './proto-bytes.js';

/** Numbers that are often lengths or counts. */
const EDGES = [0, 1, 0x7f, 0x80, 0xff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 2 ** 53, 2 ** 63];

const MUTATIONS: readonly ((bytes: Buffer, draw: Draw) => Buffer)[] = [
  flipBits,
  truncate,
  insertRandom,
  removeSome,
  repeatSome,
  insertTag,
  insertVarint,
  appendUnendingVarint,
  nestGroups,
];

/** A copy of the bytes with one to three faults in it. */
export function mutateBytes(bytes: Buffer, draw: Draw, other: Buffer): Buffer {
  let mutated: Buffer = Buffer.from(bytes);
  for (let left = draw.int(1, 3); left > 0; left--) {
    mutated = draw.chance(0.15) ? splice(mutated, other, draw) : draw.pick(MUTATIONS)(mutated, draw);
  }
  return mutated;
}

function flipBits(bytes: Buffer, draw: Draw): Buffer {
  for (let left = draw.int(1, 8); left > 0 && bytes.length > 0; left--) {
    const at = draw.int(0, bytes.length - 1);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << draw.int(0, 7));
  }
  return bytes;
}

function truncate(bytes: Buffer, draw: Draw): Buffer {
  return bytes.subarray(0, draw.int(0, bytes.length));
}

function insertRandom(bytes: Buffer, draw: Draw): Buffer {
  return insert(bytes, randomBytes(draw, draw.int(1, 40)), draw);
}

function removeSome(bytes: Buffer, draw: Draw): Buffer {
  const at = draw.int(0, bytes.length);
  return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + draw.int(1, 16))]);
}

function repeatSome(bytes: Buffer, draw: Draw): Buffer {
  const at = draw.int(0, bytes.length);
  const part = bytes.subarray(at, at + draw.int(1, 64));
  return insert(bytes, Buffer.concat(Array.from({ length: draw.int(1, 50) }, () => part)), draw);
}

/** Any field with any of the eight wire types, those included that do not exist. */
function insertTag(bytes: Buffer, draw: Draw): Buffer {
  const field = draw.chance(0.7) ? draw.int(0, 110) : draw.pick([0, 536_870_911, 536_870_912]);
  return insert(bytes, varint(field * 8 + draw.int(0, 7)), draw);
}

function insertVarint(bytes: Buffer, draw: Draw): Buffer {
  return insert(bytes, varint(draw.pick(EDGES)), draw);
}

function appendUnendingVarint(bytes: Buffer, draw: Draw): Buffer {
  return insert(bytes, Buffer.alloc(draw.int(9, 30), 0xff), draw);
}

function nestGroups(bytes: Buffer, draw: Draw): Buffer {
  return insert(bytes, Buffer.alloc(draw.int(1, 3000), draw.pick([0x0b, 0x13, 0x0c, 0x0a])), draw);
}

function insert(bytes: Buffer, part: Buffer, draw: Draw): Buffer {
  const at = draw.int(0, bytes.length);
  return Buffer.concat([bytes.subarray(0, at), part, bytes.subarray(at)]);
}

function splice(bytes: Buffer, other: Buffer, draw: Draw): Buffer {
  return Buffer.concat([bytes.subarray(0, draw.int(0, bytes.length)), other.subarray(draw.int(0, other.length))]);
}
