import type { RuntimeData, TextData } from '@remotemedia/contract';
import { z } from 'zod';
import { defineNode, type NodeContext, type NodeInstance } from './node.js';
import { isText, makeText, readText } from './text.js';

/**
 * What may be given as split_pattern: one set of characters. Any other regular expression could be made to take exponential
 * time, and those of JavaScript cannot be stopped.
 */
const CHARACTER_SET = /^\[(?:[^\\\]]|\\.)+\]\+?$/su;
const MAX_PATTERN_CHARS = 200;

/** Language models that make speech beside text end their turn with these. */
const END_OF_TURN = /<\|(?:text|audio)_end\|>/g;
const LONGEST_END_OF_TURN = '<|audio_end|>'.length;

const params = z.strictObject({
  split_pattern: z
    .string()
    .max(MAX_PATTERN_CHARS)
    .refine((pattern) => compileSet(pattern) !== null, {
      message: 'split_pattern must be one set of characters, like [.!?], and may end with a +',
    })
    .default('[.!?;\\n]+')
    .describe(
      'The characters that end a sentence: a set like [.!?], with a + behind it where several count as one end.',
    ),
  min_sentence_length: z
    .int()
    .min(1)
    .max(1000)
    .default(3)
    .describe('A sentence of fewer characters is given together with the next one.'),
  yield_partial_on_end: z
    .boolean()
    .default(true)
    .describe('Whether what has no end yet is given when the turn or the stream ends; false: it is dropped.'),
  max_chars: z
    .int()
    .min(10)
    .max(1_000_000)
    .default(10_000)
    .describe('A sentence that becomes longer is given in parts, between words where there are any.'),
});

type Params = z.output<typeof params>;

/** Joins streamed text to sentences. */
export const textCollector = defineNode({
  type: 'TextCollectorNode',
  description:
    'Joins text that comes in pieces, such as the tokens of a language model, and gives whole sentences as soon as they end. The tokens <|text_end|> and <|audio_end|> end a turn and are dropped. Pieces of a turn (metadata final = false and turn) are joined, and the whole text that ends the turn is not given again; a guess of a recogniser (final = false without turn) is left out.',
  params,
  inputs: ['text'],
  outputs: ['text'],
  create: (given, context) => new TextCollector(given, context),
});

class TextCollector implements NodeInstance {
  readonly #params: Params;
  readonly #nodeId: string;
  readonly #end: RegExp;
  /** Begins with the sentence that is not given yet. */
  #text = '';
  /** So many characters of the text were looked at, and end no sentence that is long enough. */
  #searched = 0;
  /** The turn whose pieces are coming; null: none is. */
  #turn: string | null = null;
  /** Language and metadata of the latest input. */
  #source: Pick<TextData, 'language' | 'channel' | 'metadata'> = { language: '', channel: '', metadata: {} };

  constructor(given: Params, { nodeId }: NodeContext) {
    this.#params = given;
    this.#nodeId = nodeId;
    const end = compileSet(given.split_pattern);
    if (end === null) throw new TypeError(`split_pattern ${given.split_pattern} is no set of characters`);
    this.#end = end;
  }

  *process(data: RuntimeData): Generator<TextData> {
    const text = readText(data, this.#nodeId);
    if (!isText(data)) return;
    const { turn, final } = data.metadata;
    if (final === 'false' && turn === undefined) return;
    const isRepeated = final !== 'false' && turn !== undefined && turn === this.#turn;
    // What is given here is a sentence that nothing will change.
    const metadata = final === undefined ? data.metadata : { ...data.metadata, final: 'true' };
    this.#source = { language: data.language, channel: data.channel, metadata };
    this.#turn = final === 'false' && turn !== undefined ? turn : null;
    if (isRepeated) yield* this.flush();
    else yield* this.#collect(text);
  }

  *#collect(text: string): Generator<TextData> {
    this.#text += text;
    let from = 0;
    let turnFrom = 0;
    // A token of the end may have come in two pieces.
    END_OF_TURN.lastIndex = Math.max(0, this.#searched - LONGEST_END_OF_TURN);
    for (let mark = END_OF_TURN.exec(this.#text); mark !== null; mark = END_OF_TURN.exec(this.#text)) {
      from = yield* this.#sentences(turnFrom, mark.index);
      if (this.#params.yield_partial_on_end) yield* this.#give(from, mark.index);
      turnFrom = mark.index + mark[0].length;
      this.#searched = turnFrom;
      END_OF_TURN.lastIndex = turnFrom;
    }
    from = yield* this.#sentences(turnFrom, this.#text.length);
    this.#text = this.#text.slice(from);
    this.#searched = this.#text.length;
  }

  *flush(): Generator<TextData> {
    if (this.#params.yield_partial_on_end) yield* this.#give(0, this.#text.length);
    this.#text = '';
    this.#searched = 0;
  }

  /** Gives the sentences that end between two places, and returns where the next one begins. */
  *#sentences(begin: number, limit: number): Generator<TextData, number> {
    let from = begin;
    this.#end.lastIndex = Math.max(begin, this.#searched);
    for (let end = this.#end.exec(this.#text); end !== null && end.index < limit; end = this.#end.exec(this.#text)) {
      const endIndex = Math.min(end.index + end[0].length, limit);
      from = yield* this.#cut(from, end.index);
      // An end with nothing before it belongs to the sentence before, and came in a piece of its own.
      const isEmpty = this.#text.slice(from, end.index).trim() === '';
      if (!isEmpty && !this.#isLongEnough(from, endIndex)) continue;
      if (!isEmpty) yield* this.#give(from, endIndex);
      from = endIndex;
    }
    return yield* this.#cut(from, limit);
  }

  /** Gives parts of max_chars until no more than that is left. */
  *#cut(begin: number, limit: number): Generator<TextData, number> {
    const { max_chars } = this.#params;
    let from = begin;
    while (limit - from > max_chars) {
      const space = this.#text.lastIndexOf(' ', from + max_chars);
      const end = space > from ? space : beforePair(this.#text, from + max_chars);
      yield* this.#give(from, end);
      from = end;
    }
    return from;
  }

  *#give(from: number, end: number): Generator<TextData> {
    const sentence = this.#text.slice(from, end).trim();
    if (sentence !== '') yield makeText(sentence, this.#source);
  }

  #isLongEnough(from: number, end: number): boolean {
    return this.#text.slice(from, end).trim().length >= this.#params.min_sentence_length;
  }
}

/** The set as a regular expression; null: it is none. Escapes that only the older syntax knows, such as \!, are taken. */
function compileSet(pattern: string): RegExp | null {
  if (!CHARACTER_SET.test(pattern)) return null;
  for (const flags of ['gu', 'g']) {
    try {
      return new RegExp(pattern, flags);
    } catch {}
  }
  return null;
}

/** The same place, or the one before where it would cut a character in two. */
function beforePair(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff ? at - 1 : at;
}
