import type { Draw } from '../soak/draw.js';

/** Texts that have broken somebody's program before. */
const TEXTS: readonly string[] = [
  '',
  ' ',
  '.',
  '..',
  '../../../../etc/passwd',
  '/dev/null',
  'a/b',
  'a\\b',
  '-x',
  '--help',
  'con',
  'NUL',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '\u0000',
  'a\u0000b',
  '\u0007\u001b[2J\u001b[31mred',
  'line\nfeed\r\nand more',
  '\u2028\u2029',
  '\u202egnirts',
  '\ud800',
  '\udfff\ud800',
  '\ufeff',
  '𝕊𝕠𝕞𝕖 𝕥𝕖𝕩𝕥 👩‍👩‍👧‍👦',
  'İıŞß',
  '%s%s%n%x',
  '$(reboot)',
  '{{7*7}}',
  "'; DROP TABLE nodes; --",
  '[object Object]',
  'null',
  'NaN',
  'Infinity',
  '1e400',
  '0x41',
  '00',
  '{',
  '[[[[',
  '"',
  '*alias',
  '&anchor',
  '!!js/function x',
  '<<',
  'v1',
  'v2',
  'PassThrough',
  'Passthrough',
  'EchoNode',
  'ResampleNode',
];

/** Numbers at the borders of every type that they may become on their way. */
const NUMBERS: readonly number[] = [
  0,
  -0,
  1,
  -1,
  0.1,
  1.5,
  -2.5,
  127,
  128,
  255,
  256,
  32_767,
  65_536,
  2 ** 31 - 1,
  2 ** 31,
  -(2 ** 31),
  2 ** 32,
  2 ** 53 - 1,
  2 ** 53,
  2 ** 53 + 2,
  -(2 ** 53),
  2 ** 63,
  2 ** 64,
  1e21,
  1e100,
  1e308,
  5e-324,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
];

export function hostileText(draw: Draw): string {
  const text = draw.pick(TEXTS);
  if (draw.chance(0.05)) return text.repeat(draw.int(1, 2000));
  if (draw.chance(0.1)) return text + String.fromCharCode(draw.int(0, 0xffff));
  return text;
}

export function hostileNumber(draw: Draw): number {
  if (draw.chance(0.2)) return draw.int(-100, 100_000);
  return draw.pick(NUMBERS);
}

/** Anything at all. */
export function hostileValue(draw: Draw, depth = 0): unknown {
  const kind = draw.int(0, depth > 4 ? 5 : 9);
  switch (kind) {
    case 0:
      return null;
    case 1:
      return draw.chance(0.5);
    case 2:
    case 3:
      return hostileNumber(draw);
    case 4:
    case 5:
      return hostileText(draw);
    case 6:
      return Array.from({ length: draw.int(0, 4) }, () => hostileValue(draw, depth + 1));
    case 7:
      return nested(draw);
    default:
      return hostileObject(draw, depth);
  }
}

function hostileObject(draw: Draw, depth: number): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (let left = draw.int(0, 4); left > 0; left--) put(object, hostileText(draw), hostileValue(draw, depth + 1));
  return object;
}

/** Few hundred levels of lists and objects in one another. */
function nested(draw: Draw): unknown {
  let value: unknown = 1;
  for (let left = draw.int(1, draw.chance(0.1) ? 600 : 20); left > 0; left--) {
    value = draw.chance(0.5) ? [value] : { a: value };
  }
  return value;
}

/** Sets a key of its own, also where the key is `__proto__`. */
export function put(object: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}

/** Random bytes. */
export function randomBytes(draw: Draw, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let index = 0; index < length; index++) bytes[index] = draw.int(0, 255);
  return bytes;
}
