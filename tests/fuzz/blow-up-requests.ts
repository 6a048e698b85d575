import { bytesField, mapEntry, numberField, protoStruct, varint } from './proto-bytes.js';

/** A request made to cost much more than its bytes: time, memory or stack. */
export interface BlowUp {
  readonly name: string;
  /** The bytes of an `ExecuteRequest`. */
  readonly make: () => Buffer;
}

const MIB = 1024 * 1024;

/** Requests as JSON text. */
const TEXTS: Readonly<Record<string, () => string>> = {
  'lists in lists without end': () => '['.repeat(16 * MIB),
  'objects in objects without end': () => '{"a":'.repeat(4 * MIB),
  'millions of empty lists': () => `{"version":"v1","nodes":[${'[],'.repeat(8 * MIB)}[]]}`,
  'millions of empty nodes': () => `{"version":"v1","nodes":[${'{},'.repeat(4 * MIB)}{}]}`,
  'deep parameters': () => withParams(`{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`),
  'millions of parameters': () =>
    withParams(`{${Array.from({ length: 500_000 }, (_, index) => `"k${index}":1`).join()}}`),
  'millions of wrong numbers in a parameter': () => withParams(`{"a":[${'1e999,'.repeat(MIB)}1]}`),
  'a million wrong data types': () =>
    `{"version":"v1","nodes":[{"id":"a","node_type":"PassThrough","input_types":[${'1.5,'.repeat(MIB)}1]}]}`,
  'a million unknown settings': () =>
    `{"version":"v1","metadata":{"multiprocess":{${Array.from({ length: 500_000 }, (_, index) => `"k${index}":1`).join()}}},"nodes":[]}`,
  'a hundred thousand connections': () =>
    JSON.stringify({ version: 'v1', nodes: chain(1000), connections: complete(1000, 100_000) }),
  'the most connections there may be': () =>
    JSON.stringify({ version: 'v1', nodes: chain(1000), connections: complete(1000, 10_000) }),
  'ten thousand cycles': () => JSON.stringify({ version: 'v1', nodes: chain(1000), connections: cyclic(1000, 10_000) }),
  'ten thousand ends that nearly exist': () =>
    JSON.stringify({ version: 'v1', nodes: longNames(1000), connections: nearly(10_000) }),
  'a thousand types that nearly exist': () =>
    JSON.stringify({
      version: 'v1',
      nodes: chain(1000).map((node) => ({ ...node, node_type: `${'EnergyVadGate'.repeat(7)}` })),
    }),
  'a node id of megabytes': () =>
    JSON.stringify({ version: 'v1', nodes: [{ id: 'x'.repeat(16 * MIB), node_type: 'PassThrough' }] }),
  'a node type of megabytes': () =>
    JSON.stringify({ version: 'v1', nodes: [{ id: 'x', node_type: 'y'.repeat(16 * MIB) }] }),
  'megabytes of white space': () => ' '.repeat(16 * MIB),
  'megabytes of slashes': () => '{/'.repeat(8 * MIB),
  'YAML: a bomb of aliases': yamlBomb,
  'YAML: keys': () =>
    Array.from({ length: 9000 }, (_, index) => `k${index}:`)
      .join('\n')
      .slice(0, 65_000),
  'YAML: the same key': () => 'a:\n'.repeat(21_000),
  'YAML: dashes': () => '- '.repeat(32_000),
  'YAML: anchors': () => '&a '.repeat(21_000),
  'YAML: tags': () => '! '.repeat(32_000),
  'YAML: braces': () => `a: ${'{'.repeat(65_000)}`,
  'YAML: question marks': () => '? '.repeat(32_000),
  'YAML: quotes': () => `a: "${'\\x'.repeat(32_000)}`,
  'YAML: a folded text': () => `a: >\n${'  x\n\n'.repeat(10_000)}`,
  'YAML: an indented text': () => `a: |\n${' '.repeat(64_000)}x`,
  'YAML: white space before a colon': () => `a${' '.repeat(64_000)}: b`,
  'YAML: comments': () => '#\n'.repeat(32_000),
  'YAML: documents': () => '---\n'.repeat(16_000),
  'YAML: directives': () => '%YAML 1.2\n'.repeat(6000),
  'YAML: digits': () => `a: ${'1'.repeat(64_000)}x`,
  'YAML: commas': () => `a: [${','.repeat(64_000)}]`,
  'YAML: flow entries': () => `a: [${'b,'.repeat(32_000)}]`,
};

/** Requests as protobuf messages. */
const MESSAGES: Readonly<Record<string, () => Buffer>> = {
  'millions of nodes': () => bytesField(1, Buffer.alloc(16 * MIB, bytesField(3, ''))),
  'millions of bare nodes': () => Buffer.alloc(15 * MIB, bytesField(103, '')),
  'millions of connections': () => bytesField(1, Buffer.alloc(16 * MIB, bytesField(4, ''))),
  'millions of data types': () => protoNode(bytesField(8, Buffer.alloc(16 * MIB, 9))),
  'millions of empty parameters': () => protoNode(Buffer.alloc(16 * MIB, bytesField(3, ''))),
  'millions of values': () =>
    protoNode(bytesField(3, mapEntry('a', bytesField(6, Buffer.alloc(16 * MIB, bytesField(1, '')))))),
  'millions of nulls': () =>
    protoNode(bytesField(3, mapEntry('a', bytesField(6, Buffer.alloc(16 * MIB, bytesField(1, numberField(1, 0))))))),
  'a value in values without end': () => protoNode(bytesField(3, mapEntry('a', nestedValue(20_000)))),
  'settings within settings without end': () =>
    bytesField(1, bytesField(2, bytesField(100, protoStruct({ a: nested(90) })))),
  'millions of settings': () => bytesField(1, bytesField(2, Buffer.alloc(16 * MIB, bytesField(100, '')))),
  'a shape of millions of axes': () => input(bytesField(3, bytesField(2, Buffer.alloc(16 * MIB, 1)))),
  'a million inputs': () =>
    Buffer.concat(Array.from({ length: 300_000 }, (_, index) => bytesField(2, mapEntry(`n${index}`, Buffer.alloc(0))))),
  'a million pairs of metadata': () =>
    input(
      Buffer.concat(
        Array.from({ length: 300_000 }, (_, index) => bytesField(10, mapEntry(`n${index}`, Buffer.alloc(0)))),
      ),
    ),
  'groups without end': () => Buffer.alloc(16 * MIB, 0x0b),
  'millions of unknown fields': () => Buffer.alloc(16 * MIB, numberField(15, 1)),
  'a client version of white space': () => bytesField(4, `v${' '.repeat(8 * MIB)}x`),
  'a client version of dots': () => bytesField(4, `1${'.a'.repeat(4 * MIB)}!`),
  'a length beyond the end': () => Buffer.concat([varint(10), varint(2 ** 31)]),
};

export const BLOW_UPS: readonly BlowUp[] = [
  ...Object.entries(TEXTS).map(([name, make]) => ({ name, make: () => bytesField(105, make()) })),
  ...Object.entries(MESSAGES).map(([name, make]) => ({ name, make })),
];

function withParams(params: string): string {
  return `{"version":"v1","nodes":[{"id":"a","node_type":"PassThrough","params":${params}}]}`;
}

function chain(length: number): { id: string; node_type: string }[] {
  return Array.from({ length }, (_, index) => ({ id: `n${index}`, node_type: 'PassThrough' }));
}

/** Connections from lower to higher numbers, as many as there are or `most`. */
function complete(nodes: number, most: number): { from: string; to: string }[] {
  const connections: { from: string; to: string }[] = [];
  for (let step = 1; step < nodes; step++) {
    for (let from = 0; from + step < nodes && connections.length < most; from++) {
      connections.push({ from: `n${from}`, to: `n${from + step}` });
    }
  }
  return connections;
}

function cyclic(nodes: number, most: number): { from: string; to: string }[] {
  return [
    ...complete(nodes, nodes - 1),
    ...complete(nodes, most).map(({ from, to }) => ({ from: to, to: from })),
  ].slice(0, most);
}

function longNames(length: number): { id: string; node_type: string }[] {
  return chain(length).map((node) => ({ ...node, id: `${'abcdefghi_'.repeat(9)}${node.id}` }));
}

function nearly(length: number): { from: string; to: string }[] {
  const name = (index: number): string => `${'abcdefghj-'.repeat(9)}${index}`;
  return Array.from({ length }, (_, index) => ({ from: name(index), to: name(index + 1) }));
}

/** Each name stands for ten of the one before. */
function yamlBomb(): string {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let level = 1; level < 12; level++) {
    lines.push(`a${level}: &a${level} [${Array.from({ length: 10 }, () => `*a${level - 1}`).join(', ')}]`);
  }
  return lines.join('\n');
}

function protoNode(fields: Buffer): Buffer {
  const named = Buffer.concat([bytesField(1, 'a'), bytesField(2, 'PassThrough'), fields]);
  return bytesField(1, Buffer.concat([bytesField(1, 'v1'), bytesField(3, named)]));
}

function input(buffer: Buffer): Buffer {
  return Buffer.concat([protoNode(Buffer.alloc(0)), bytesField(2, mapEntry('a', buffer))]);
}

/** A list that holds a list that holds …, written from the inside. */
function nestedValue(levels: number): Buffer {
  let value = numberField(1, 0);
  for (let level = 0; level < levels && value.length < MIB; level++) value = bytesField(6, bytesField(1, value));
  return value;
}

function nested(levels: number): unknown {
  let value: unknown = null;
  for (let level = 0; level < levels; level++) value = { a: value };
  return value;
}
