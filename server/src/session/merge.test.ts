import { describe, expect, it } from 'vitest';
import { Merge } from './merge.js';
import { END, type End, type InputPort, type ReceivedFrame } from './ports.js';

class FakeInput implements InputPort {
  readonly from: string;
  readonly #items: (ReceivedFrame | End)[] = [];
  #listener: () => void = () => undefined;

  constructor(from: string) {
    this.from = from;
  }

  push(...sequences: (number | End)[]): void {
    for (const item of sequences) {
      const data = { kind: 'json', jsonPayload: '1', schemaType: '', metadata: {} } as const;
      this.#items.push(item === END ? END : { sequence: item, timestampUs: 0, data, release: null });
    }
    this.#listener();
  }

  tryReceive(): ReceivedFrame | End | null {
    return this.#items.shift() ?? null;
  }

  onReady(listener: () => void): void {
    this.#listener = listener;
  }
}

function take(merge: Merge): string {
  const got = merge.tryReceive();
  return got === null ? 'nothing' : got === END ? 'end' : `${merge.from}${got.sequence}`;
}

describe('Merge', () => {
  it('takes from its inputs in turn and keeps the order on each', () => {
    const [a, b, c] = [new FakeInput('a'), new FakeInput('b'), new FakeInput('c')];
    const merge = new Merge([a, b, c]);
    a.push(1, 2, 3, END);
    b.push(1, END);
    c.push(1, 2, END);
    expect(Array.from({ length: 7 }, () => take(merge))).toEqual(['a1', 'b1', 'c1', 'a2', 'c2', 'a3', 'end']);
  });

  it('has ended only when all its inputs have, and at once when it has none', () => {
    const [a, b] = [new FakeInput('a'), new FakeInput('b')];
    const merge = new Merge([a, b]);
    a.push(END);
    expect(take(merge)).toBe('nothing');
    b.push(5, END);
    expect([take(merge), take(merge), take(merge)]).toEqual(['b5', 'end', 'end']);
    expect(take(new Merge([]))).toBe('end');
  });

  it('wakes its reader, also when the wake-up comes before the wait', async () => {
    const a = new FakeInput('a');
    const merge = new Merge([a]);
    expect(take(merge)).toBe('nothing');
    const ready = merge.ready();
    a.push(1);
    await ready;
    expect([take(merge), take(merge)]).toEqual(['a1', 'nothing']);
    a.push(2);
    await merge.ready();
    expect(take(merge)).toBe('a2');
  });

  it('ends a wait with its reason, and gives nothing after it', async () => {
    const a = new FakeInput('a');
    const merge = new Merge([a]);
    expect(take(merge)).toBe('nothing');
    const ready = merge.ready();
    const reason = new Error('cancelled');
    merge.interrupt(reason);
    await expect(ready).rejects.toBe(reason);
    await expect(merge.ready()).rejects.toBe(reason);
    a.push(1);
    expect(() => merge.tryReceive()).toThrow(reason);
  });
});
