import type { RuntimeData } from '@remotemedia/contract';
import { describe, expect, it } from 'vitest';
import { runNode } from './testing.js';
import { makeText, readText } from './text.js';
import { textCollector } from './text-collector.js';

const text = (content: string, language = 'en') =>
  makeText(content, { language, channel: '', metadata: { speaker: 'a' } });

async function collect(pieces: readonly string[], params: object = {}): Promise<string[]> {
  const frames = await runNode(textCollector, { params, inputs: pieces.map((piece) => text(piece)) });
  return frames.map(({ data }) => readText(data, 'test'));
}

describe('TextCollectorNode', () => {
  it('gives whole sentences of streamed tokens', async () => {
    const tokens = ['Hel', 'lo', ' wor', 'ld', '!', ' How', ' are', ' you', '?', ' Fine', '. And', ' so on'];
    expect(await collect(tokens)).toEqual(['Hello world!', 'How are you?', 'Fine.', 'And so on']);
  });

  it('gives a sentence with the piece that ends it', async () => {
    const frames = await runNode(textCollector, { inputs: ['One', ' two.', ' Three'].map((piece) => text(piece)) });
    expect(frames.map(({ sequence }) => sequence)).toEqual([1, 2]);
  });

  it('gives the same sentences for one piece and for single characters', async () => {
    const whole = 'First one. Second; third\nA. Fourth? Last one';
    const expected = ['First one.', 'Second;', 'third', 'A. Fourth?', 'Last one'];
    expect(await collect([whole])).toEqual(expected);
    expect(await collect([...whole])).toEqual(expected);
  });

  it('keeps ends that follow one another together, and drops those that come late', async () => {
    expect(await collect(['Wait... What?!', ' Yes.'])).toEqual(['Wait...', 'What?!', 'Yes.']);
    expect(await collect(['Wait.', '.', '.', ' What'])).toEqual(['Wait.', 'What']);
  });

  it('joins sentences shorter than min_sentence_length with the next', async () => {
    expect(await collect(['A. B. Cde. F.'], { min_sentence_length: 5 })).toEqual(['A. B.', 'Cde. F.']);
  });

  it('takes the tokens of a turn that ends for its end, also in two pieces', async () => {
    const pieces = ['Hello the', 're<|text_', 'end|>Next', ' one. Rest', '<|audio_end|>', '<|text_end|>'];
    expect(await collect(pieces)).toEqual(['Hello there', 'Next one.', 'Rest']);
    expect(await collect(pieces, { yield_partial_on_end: false })).toEqual(['Next one.']);
  });

  it('joins the pieces of a turn, and does not repeat the whole text that ends it', async () => {
    const piece = (content: string, turn: string, final: string) =>
      makeText(content, { language: '', channel: '', metadata: { turn, final } });
    const inputs = [
      piece('Hello', '1', 'false'),
      piece(' there. How', '1', 'false'),
      piece('Hello there. How', '1', 'true'),
      // A turn that came as a whole has no pieces to repeat.
      piece('Fine.', '2', 'true'),
    ];
    const frames = await runNode(textCollector, { inputs });
    expect(frames.map(({ data }) => readText(data, 'test'))).toEqual(['Hello there.', 'How', 'Fine.']);
    expect(frames.map(({ data }) => data.kind === 'text' && data.metadata['final'])).toEqual(['true', 'true', 'true']);
  });

  it('leaves out the guesses of a recogniser, which are not pieces of anything', async () => {
    const guess = (content: string, final: string) =>
      makeText(content, { language: '', channel: '', metadata: { final } });
    const inputs = [guess('go four', 'false'), guess('go forward.', 'true')];
    const frames = await runNode(textCollector, { inputs });
    expect(frames.map(({ data }) => readText(data, 'test'))).toEqual(['go forward.']);
  });

  it('drops the rest where yield_partial_on_end is false', async () => {
    expect(await collect(['One two. Three'], { yield_partial_on_end: false })).toEqual(['One two.']);
  });

  it.each([[[100_000]], [[7]]])(
    'holds no more than max_chars, and cuts between words and never in a character: pieces of %o',
    async ([size = 1]) => {
      const words = Array.from({ length: 5000 }, (_, i) => `word${i}`).join(' ');
      const pieces = words.match(new RegExp(`.{1,${size}}`, 'g')) ?? [];
      const parts = await collect(pieces, { max_chars: 100 });
      expect(parts.join(' ')).toBe(words);
      expect(Math.max(...parts.map(({ length }) => length))).toBeLessThanOrEqual(100);
      const faces = '😀'.repeat(1000);
      expect((await collect([`x${faces}`], { max_chars: 10 })).join('')).toBe(`x${faces}`);
    },
  );

  it('takes other sets of characters', async () => {
    expect(await collect(['你好。再见。'], { split_pattern: '[。]', min_sentence_length: 1 })).toEqual([
      '你好。',
      '再见。',
    ]);
    expect(await collect(['one, two! three'], { split_pattern: '[\\!\\,]+' })).toEqual(['one,', 'two!', 'three']);
  });

  it.each(['(a+)+$', '[a]*', '[a]{2}', '[a][b]', 'a', '[]', '[a', '[z-a]', '', `[${'a'.repeat(200)}]`])(
    'refuses a pattern that is not one set: %s',
    (split_pattern) => {
      expect(textCollector.checkParams({ split_pattern })).toMatchObject([{ path: 'split_pattern' }]);
    },
  );

  it('is done in time with a text made to be slow', async () => {
    const started = performance.now();
    expect(await collect([' . '.repeat(300_000), '.'.repeat(300_000)])).toEqual([]);
    await collect(
      Array.from({ length: 20_000 }, () => 'a '),
      { max_chars: 10_000 },
    );
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it('keeps language and metadata', async () => {
    const [frame] = await runNode(textCollector, { inputs: [text('Guten Tag.', 'de')] });
    expect(frame?.data).toMatchObject({ kind: 'text', encoding: 'utf-8', language: 'de', metadata: { speaker: 'a' } });
  });

  it.each<[RuntimeData, string]>([
    [{ kind: 'json', jsonPayload: '1', schemaType: '', metadata: {} }, 'got json where it takes text'],
    [{ ...text('x'), encoding: 'latin-1' }, 'got text of encoding latin-1'],
    [{ ...text('x'), textData: Uint8Array.of(0xff) }, 'got text of 1 bytes that is no UTF-8'],
  ])('refuses what is no text', async (data, message) => {
    await expect(runNode(textCollector, { inputs: [data] })).rejects.toMatchObject({
      code: 'input.invalid',
      message: `Node 'node' ${message}`,
    });
  });
});
