import type { Draw } from '../soak/draw.js';
import { hostileText, randomBytes } from './hostile-values.js';
import { bytesField, mapEntry, numberField, varint } from './proto-bytes.js';

/** A `DataBuffer` of any kind, whose lengths, shapes and types have little to do with its bytes. */
export function dataBuffer(draw: Draw): Buffer {
  const kind = draw.pickWeighted(KINDS);
  const metadata = draw.chance(0.3)
    ? [bytesField(10, mapEntry(hostileText(draw), Buffer.from(hostileText(draw))))]
    : [];
  return Buffer.concat([bytesField(kind.field, kind.content(draw)), ...metadata]);
}

const KINDS: readonly { readonly weight: number; readonly field: number; readonly content: (draw: Draw) => Buffer }[] =
  [
    { weight: 4, field: 1, content: audioBuffer },
    { weight: 1, field: 2, content: videoFrame },
    { weight: 3, field: 3, content: tensor },
    { weight: 2, field: 4, content: json },
    { weight: 2, field: 5, content: text },
    { weight: 1, field: 6, content: (draw) => Buffer.concat([bytesField(1, media(draw)), maybeText(2, draw)]) },
    { weight: 1, field: 7, content: control },
    { weight: 4, field: 8, content: numpy },
    { weight: 1, field: 9, content: file },
  ];

export function audioBuffer(draw: Draw): Buffer {
  return Buffer.concat([
    bytesField(1, media(draw)),
    numberField(2, draw.pick([0, 1, 8000, 16_000, 48_000, 2 ** 32 - 1])),
    numberField(3, draw.pick([0, 1, 2, 3, 255, 2 ** 32 - 1])),
    numberField(4, draw.pick([0, 1, 2, 3, 4, 99, -1])),
    numberField(5, count(draw)),
    ...(draw.chance(0.2) ? [bytesField(6, randomBytes(draw, draw.int(0, 20)))] : []),
  ]);
}

function videoFrame(draw: Draw): Buffer {
  const numbers = [2, 3, 4, 5, 6, 7, 8].map((field) => numberField(field, count(draw)));
  return Buffer.concat([bytesField(1, media(draw)), ...numbers]);
}

function tensor(draw: Draw): Buffer {
  return Buffer.concat([
    bytesField(1, media(draw)),
    bytesField(2, Buffer.concat(shape(draw).map(varint))),
    numberField(3, draw.pick([0, 1, 2, 3, 4, 5, 6, 77])),
    maybeText(4, draw),
  ]);
}

function numpy(draw: Draw): Buffer {
  const dtypes = [
    'float32',
    '<f4',
    '>f8',
    'object',
    'O',
    'V8',
    'U3',
    'float32,(2,2)',
    'datetime64[ns]',
    '|S0',
    'c32',
    '',
  ];
  const axes = shape(draw);
  const strides = draw.chance(0.5) ? axes : shape(draw);
  return Buffer.concat([
    bytesField(1, media(draw)),
    bytesField(2, Buffer.concat(axes.map(varint))),
    bytesField(3, draw.chance(0.9) ? draw.pick(dtypes) : hostileText(draw)),
    bytesField(4, Buffer.concat(strides.map(varint))),
    numberField(5, draw.int(0, 1)),
    numberField(6, draw.int(0, 1)),
  ]);
}

function json(draw: Draw): Buffer {
  const payload = draw.pick([
    '{}',
    '{"a":1}',
    'NaN',
    '[',
    '{"a":1e400}',
    '"\\ud800"',
    '['.repeat(5000),
    hostileText(draw),
  ]);
  return Buffer.concat([bytesField(1, payload), maybeText(2, draw)]);
}

function text(draw: Draw): Buffer {
  const encoding = draw.pick(['', 'utf-8', 'utf-16', 'latin-1', 'rot13', 'idna', hostileText(draw)]);
  return Buffer.concat([bytesField(1, media(draw)), bytesField(2, encoding), maybeText(3, draw), maybeText(4, draw)]);
}

function control(draw: Draw): Buffer {
  const request = bytesField(draw.int(1, 3), Buffer.concat([numberField(1, count(draw)), numberField(2, count(draw))]));
  return Buffer.concat([request, maybeText(4, draw), numberField(5, count(draw)), maybeText(6, draw)]);
}

function file(draw: Draw): Buffer {
  const numbers = [4, 5, 6].map((field) => numberField(field, count(draw)));
  return Buffer.concat([bytesField(1, draw.pick(['/etc/passwd', '/dev/zero', '..', hostileText(draw)])), ...numbers]);
}

function media(draw: Draw): Buffer {
  return draw.chance(0.1)
    ? Buffer.alloc(draw.int(60_000, 300_000), draw.int(0, 255))
    : randomBytes(draw, draw.int(0, 70));
}

function maybeText(field: number, draw: Draw): Buffer {
  return draw.chance(0.3) ? bytesField(field, hostileText(draw)) : Buffer.alloc(0);
}

function count(draw: Draw): number | bigint {
  if (draw.chance(0.05)) return draw.pick([2 ** 53, 2n ** 63n, 2n ** 64n - 1n, -1]);
  return draw.pick([0, 1, 2, 160, 2 ** 31, 2 ** 32, 2 ** 53 - 1]);
}

function shape(draw: Draw): (number | bigint)[] {
  const length = draw.chance(0.05) ? draw.int(30, 100) : draw.int(0, 4);
  return Array.from({ length }, () =>
    draw.chance(0.03) ? draw.pick([-4, 2n ** 63n]) : draw.pick([0, 1, 2, 4, 8, 65_536, 2 ** 31, 2 ** 40, 2 ** 53 - 1]),
  );
}
