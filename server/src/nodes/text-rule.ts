import { type JsonData, type Metadata, RemoteMediaError, type RuntimeData, type TextData } from '@remotemedia/contract';
import { z } from 'zod';
import { defineNode, type NodeInstance } from './node.js';
import { isText, makeText, readText } from './text.js';
import {
  fillJson,
  fillText,
  jsonAt,
  jsonStrings,
  normalizeSentence,
  Sentence,
  slotNames,
  type Words,
} from './text-rules.js';

const MAX_TEXT_CHARS = 2000;
/** Far longer than any sentence; {heard} may stand in a reply many times. */
const MAX_HEARD_CHARS = 100_000;

const sentence = z.string().min(1).max(MAX_TEXT_CHARS);
const rule = z.strictObject({
  heard: sentence.describe(
    'The whole sentence, for example: go {direction} {count} meters. {name} is a word of that slot.',
  ),
  reply: z.string().max(MAX_TEXT_CHARS).optional().describe('The text that is given, its slots filled.'),
  emit: z
    .record(z.string(), z.json())
    .optional()
    .describe('The JSON that is given instead, the slots in its strings filled.'),
});

const params = z
  .strictObject({
    rules: z.array(rule).min(1).max(1000).describe('The first one that fits the whole sentence answers.'),
    slots: z
      .record(z.string().regex(/^\w{1,100}$/), z.array(z.string().min(1).max(200)).min(1).max(1000))
      .default({})
      .describe('The words or phrases that each slot may be.'),
    otherwise: z
      .string()
      .max(MAX_TEXT_CHARS)
      .nullable()
      .default('Sorry, I did not understand that.')
      .describe('The reply when no rule fits; {heard} in it is the sentence. null: none.'),
    json_path: z
      .string()
      .max(MAX_TEXT_CHARS)
      .default('')
      .describe(
        'Where the text is in JSON that comes in: keys and indices with dots between. Empty: the JSON is the text.',
      ),
  })
  .superRefine((given, context) => {
    for (const [index, each] of given.rules.entries()) {
      for (const message of ruleProblems(each, given.slots)) {
        context.addIssue({ code: 'custom', path: ['rules', index], message });
      }
    }
  });

type Params = z.output<typeof params>;
type Rule = z.output<typeof rule>;

/** Answers sentences by rules. */
export const textRule = defineNode({
  type: 'TextRuleNode',
  description:
    'Answers each sentence by the first rule that fits it, with a text or with JSON; letter case, spacing and punctuation at the end do not count. Metadata: rule, the number of the rule from 1 on, 0 when none did. Text with metadata final = false is left out: the whole follows.',
  params,
  inputs: ['text', 'json'],
  outputs: ['text', 'json'],
  create: (given, { nodeId }) => new TextRule(given, nodeId),
});

class TextRule implements NodeInstance {
  readonly #params: Params;
  readonly #nodeId: string;
  readonly #rules: readonly { readonly sentence: Sentence; readonly rule: Rule }[];

  constructor(given: Params, nodeId: string) {
    this.#params = given;
    this.#nodeId = nodeId;
    this.#rules = given.rules.map((each) => ({ sentence: new Sentence(each.heard, given.slots), rule: each }));
  }

  process(data: RuntimeData): TextData | JsonData | null {
    // A guess of a recogniser, or a piece of a longer text: the whole follows.
    if ('metadata' in data && data.metadata['final'] === 'false') return null;
    const text = data.kind === 'json' ? this.#textOf(data) : readText(data, this.#nodeId);
    if (text.length > MAX_HEARD_CHARS) {
      const what = `got a text of ${text.length} characters, and the most is ${MAX_HEARD_CHARS}`;
      throw this.#invalid(what, 'Send sentences; a TextCollectorNode makes them of longer texts.');
    }
    const heard = normalizeSentence(text);
    for (const [index, { sentence: known, rule: answer }] of this.#rules.entries()) {
      const words = known.match(heard);
      if (words !== null) return makeAnswer(answer, words, data, index + 1);
    }
    const { otherwise } = this.#params;
    return otherwise === null ? null : makeAnswer({ reply: otherwise }, new Map([['heard', heard]]), data, 0);
  }

  #textOf({ jsonPayload }: JsonData): string {
    const { json_path } = this.#params;
    const found = jsonAt(this.#parse(jsonPayload), json_path);
    if (typeof found === 'string') return found;
    const what =
      found === undefined ? 'nothing' : found === null ? 'null' : Array.isArray(found) ? 'a list' : typeof found;
    throw this.#invalid(`found ${what} at json_path '${json_path}', where it takes a text`, 'Correct json_path.');
  }

  #parse(payload: string): unknown {
    try {
      return JSON.parse(payload);
    } catch {
      throw this.#invalid(`got JSON of ${payload.length} characters that cannot be read`, 'Send valid JSON.');
    }
  }

  #invalid(what: string, hint: string): RemoteMediaError {
    const nodeId = this.#nodeId;
    return new RemoteMediaError('input.invalid', `Node '${nodeId}' ${what}`, { nodeId, hint });
  }
}

function makeAnswer(
  answer: Omit<Rule, 'heard'>,
  words: Words,
  input: RuntimeData,
  number: number,
): TextData | JsonData {
  const metadata: Metadata = { ...input.metadata, rule: String(number) };
  if (answer.emit !== undefined) {
    return { kind: 'json', jsonPayload: JSON.stringify(fillJson(answer.emit, words)), schemaType: '', metadata };
  }
  const { language, channel } = isText(input) ? input : { language: '', channel: '' };
  return makeText(fillText(answer.reply ?? '', words), { language, channel, metadata });
}

function ruleProblems({ heard, reply, emit }: Rule, slots: Params['slots']): string[] {
  if ((reply === undefined) === (emit === undefined)) return ['a rule needs either reply or emit'];
  const names = slotNames(heard.toLowerCase());
  const known = Object.keys(slots).sort().join(', ');
  return [
    ...names
      .filter((name) => !Object.hasOwn(slots, name))
      .map((name) => `heard names the slot '${name}'; the slots are ${known === '' ? 'none' : known}`),
    ...names.filter((name, at) => names.indexOf(name) < at).map((name) => `heard names the slot '${name}' twice`),
    ...jsonStrings(emit ?? reply ?? '')
      .flatMap(slotNames)
      .filter((name) => !names.includes(name))
      .map((name) => `${emit === undefined ? 'reply' : 'emit'} names the slot '${name}', which heard does not`),
  ];
}
