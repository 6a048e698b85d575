/** Sentences with slots, as TextRuleNode knows them: read once, then matched without any regular expression of a manifest. */

/** For example `{name}`. */
const SLOT = /\{(\w+)\}/;
const SLOTS = new RegExp(SLOT, 'g');
/** What recognisers may put behind a sentence. */
const PUNCTUATION_AT_END = new Set(['.', ',', '!', '?', ';', ':', ' ']);

/** The words or phrases that each slot may be. */
export type Slots = Readonly<Record<string, readonly string[]>>;

/** What a sentence had in its slots. */
export type Words = ReadonlyMap<string, string>;

type Part = { readonly text: string } | { readonly slot: string; readonly phrases: readonly string[] };

/** JSON as a manifest gives it. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Lower case, single spaces, no punctuation at the end. */
export function normalizeSentence(text: string): string {
  const words = text.toLowerCase().split(/\s+/).join(' ').trim();
  let end = words.length;
  while (PUNCTUATION_AT_END.has(words.charAt(end - 1))) end -= 1;
  return words.slice(0, end);
}

/** The names of the slots in a text, in their order. */
export function slotNames(text: string): string[] {
  return [...text.matchAll(SLOTS)].map((found) => found[1] ?? '');
}

/** A sentence that can be compared with what was heard. */
export class Sentence {
  readonly #parts: readonly Part[];

  /** @param heard for example `go {direction} {count} meters`; all its slots are in `slots` */
  constructor(heard: string, slots: Slots) {
    // Texts and names of slots take turns.
    this.#parts = normalizeSentence(heard)
      .split(SLOT)
      .map((part, index) => (index % 2 === 0 ? { text: part } : makeSlot(part, slots)));
  }

  /** The words in the slots, when it is this sentence, else null. @param heard normalized */
  match(heard: string): Words | null {
    const words = new Map<string, string>();
    return this.#matchFrom(heard, 0, 0, words, new Set()) ? words : null;
  }

  /** `failed` keeps what was tried, or many slots with phrases that begin alike would take exponential time. */
  #matchFrom(heard: string, index: number, at: number, words: Map<string, string>, failed: Set<number>): boolean {
    const part = this.#parts[index];
    if (part === undefined) return at === heard.length;
    if ('text' in part) {
      return heard.startsWith(part.text, at) && this.#matchFrom(heard, index + 1, at + part.text.length, words, failed);
    }
    const attempt = index * (heard.length + 1) + at;
    if (failed.has(attempt)) return false;
    for (const phrase of part.phrases) {
      if (!heard.startsWith(phrase, at)) continue;
      words.set(part.slot, phrase);
      if (this.#matchFrom(heard, index + 1, at + phrase.length, words, failed)) return true;
    }
    failed.add(attempt);
    return false;
  }
}

function makeSlot(slot: string, slots: Slots): Part {
  return { slot, phrases: (slots[slot] ?? []).map((phrase) => normalizeSentence(phrase)) };
}

/** The template with words in place of its slots; a slot without one stays. */
export function fillText(template: string, words: Words): string {
  return template.replace(SLOTS, (slot, name: string) => words.get(name) ?? slot);
}

/** The same JSON with words in place of the slots of its strings; keys stay as they are. */
export function fillJson(template: Json, words: Words): Json {
  if (typeof template === 'string') return fillText(template, words);
  if (template === null || typeof template !== 'object') return template;
  if (isList(template)) return template.map((item) => fillJson(item, words));
  return Object.fromEntries(Object.entries(template).map(([key, item]) => [key, fillJson(item, words)]));
}

/** All strings of a JSON value, in their order. */
export function jsonStrings(value: Json): string[] {
  if (typeof value === 'string') return [value];
  if (value === null || typeof value !== 'object') return [];
  return (isList(value) ? value : Object.values(value)).flatMap(jsonStrings);
}

/**
 * What lies at a dotted path, for example `result.0.text`; undefined: nothing.
 *
 * @param path names of keys, or indices of lists; empty: the value itself
 */
export function jsonAt(value: unknown, path: string): unknown {
  let found = value;
  for (const key of path === '' ? [] : path.split('.')) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined;
    found = Reflect.get(found, key);
  }
  return found;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
