import { describe, expect, it } from 'vitest';
import { LineReader } from './line-reader.js';

function reader(maxBytes: number): { lines: LineReader; seen: [string, number][] } {
  const seen: [string, number][] = [];
  return { lines: new LineReader(maxBytes, (line, cutBytes) => seen.push([line, cutBytes])), seen };
}

describe('LineReader', () => {
  it('splits chunks at line ends, wherever the chunks are cut', () => {
    const text = 'one\n\ntwo ä €\nthree';
    const bytes = Buffer.from(text);
    for (let size = 1; size <= bytes.length; size += 1) {
      const { lines, seen } = reader(100);
      for (let at = 0; at < bytes.length; at += size) lines.push(bytes.subarray(at, at + size));
      lines.end();
      expect(seen.map(([line]) => line)).toEqual(['one', '', 'two ä €', 'three']);
    }
  });

  it('keeps the beginning of a long line and counts the rest', () => {
    const { lines, seen } = reader(4);
    lines.push(Buffer.from('abcdefgh'));
    lines.push(Buffer.from('ij\nabcd\nabcde\n'));
    expect(seen).toEqual([
      ['abcd', 6],
      ['abcd', 0],
      ['abcd', 1],
    ]);
  });

  it('reports nothing at the end when the last line was complete', () => {
    const { lines, seen } = reader(4);
    lines.push(Buffer.from('a\n'));
    lines.end();
    lines.end();
    expect(seen).toEqual([['a', 0]]);
  });
});
