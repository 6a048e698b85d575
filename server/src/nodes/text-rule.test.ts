import { readFile } from 'node:fs/promises';
import type { JsonData, RuntimeData } from '@remotemedia/contract';
import { describe, expect, it } from 'vitest';
import { runNode } from './testing.js';
import { makeText, readText } from './text.js';
import { textRule } from './text-rule.js';

const text = (content: string) => makeText(content, { language: 'en', channel: '', metadata: { speaker: 'a' } });
const json = (value: unknown): JsonData => ({
  kind: 'json',
  jsonPayload: JSON.stringify(value),
  schemaType: '',
  metadata: {},
});

async function answer(params: object, input: RuntimeData): Promise<[unknown, string | undefined]> {
  const [frame] = await runNode(textRule, { params, inputs: [input] });
  if (frame === undefined) return [null, undefined];
  const { data } = frame;
  return [data.kind === 'json' ? JSON.parse(data.jsonPayload) : readText(data, 'test'), data.metadata['rule']];
}

/** The parameters of the node that answers in the speech example. */
async function exampleParams(): Promise<object> {
  const manifest = new URL('../../../examples/speech-to-speech/manifest.json', import.meta.url);
  const { nodes } = JSON.parse(await readFile(manifest, 'utf8')) as { nodes: { id: string; params: object }[] };
  return nodes.find(({ id }) => id === 'reply')?.params ?? {};
}

describe('TextRuleNode', () => {
  it('waits for the whole where it gets a guess or a piece', async () => {
    const params = { rules: [{ heard: 'stop', reply: 'Okay.' }] };
    const guess = { ...text('stop'), metadata: { final: 'false' } };
    expect(await answer(params, guess)).toEqual([null, undefined]);
    expect(await answer(params, { ...guess, metadata: { final: 'true' } })).toEqual(['Okay.', '1']);
  });

  it.each([
    ['go forward ten meters', 'Okay, going forward ten meters.', '1'],
    ['  Go  BACKWARD two\tmeters. ', 'Okay, going backward two meters.', '1'],
    ['turn left', 'Okay, turning left.', '2'],
    ['stop!', 'Okay, stopping.', '3'],
    ['go forward eleven meters', 'Sorry, I did not understand that.', '0'],
    ['please stop', 'Sorry, I did not understand that.', '0'],
    ['', 'Sorry, I did not understand that.', '0'],
  ])('answers by the rules of the speech example: %j', async (heard, reply, rule) => {
    expect(await answer(await exampleParams(), text(heard))).toEqual([reply, rule]);
  });

  it('takes the text out of JSON', async () => {
    const params = { rules: [{ heard: 'hi', reply: 'Hello.' }], json_path: 'results.1.text' };
    expect(await answer(params, json({ results: [{}, { text: 'Hi' }] }))).toEqual(['Hello.', '1']);
    expect(await answer({ ...params, json_path: '' }, json('hi'))).toEqual(['Hello.', '1']);
  });

  it('gives JSON with the slots filled, keys and other values as they are', async () => {
    const emit = { action: 'move', to: '{side}!', list: ['{side}', 1, null, { '{side}': true }] };
    const params = { rules: [{ heard: 'turn {side}', emit }], slots: { side: ['left', 'right'] } };
    const expected = { action: 'move', to: 'left!', list: ['left', 1, null, { '{side}': true }] };
    expect(await answer(params, text('turn left'))).toEqual([expected, '1']);
  });

  it('keeps language and metadata of its input', async () => {
    const [frame] = await runNode(textRule, { params: await exampleParams(), inputs: [text('stop')] });
    expect(frame?.data).toMatchObject({ language: 'en', metadata: { speaker: 'a', rule: '3' } });
  });

  it('has the sentence for {heard}, and nothing for null, where no rule fits', async () => {
    const params = { rules: [{ heard: 'hi', reply: 'Hello.' }] };
    expect(await answer({ ...params, otherwise: 'What is {heard}?' }, text('Foo?'))).toEqual(['What is foo?', '0']);
    expect(await answer({ ...params, otherwise: null }, text('foo'))).toEqual([null, undefined]);
  });

  it('fills nothing but slots: words are never read as templates', async () => {
    const params = { rules: [{ heard: 'say {a} {b}', reply: '{a}/{b}' }], slots: { a: ['{b}', '$&'], b: ['x'] } };
    expect(await answer(params, text('say {b} x'))).toEqual(['{b}/x', '1']);
    expect(await answer(params, text('say $& x'))).toEqual(['$&/x', '1']);
  });

  it('tries every way that phrases can fit together', async () => {
    const params = { rules: [{ heard: '{a} {b} end', reply: '{a}|{b}' }], slots: { a: ['x', 'x y'], b: ['y', 'z'] } };
    expect(await answer(params, text('x y y end'))).toEqual(['x y|y', '1']);
    expect(await answer(params, text('x y end'))).toEqual(['x|y', '1']);
  });

  it('is done in time with slots made to be slow', async () => {
    const names = Array.from({ length: 60 }, (_, i) => `s${i}`);
    const slots = Object.fromEntries(names.map((name) => [name, ['a', 'aa']]));
    const params = { rules: [{ heard: `${names.map((name) => `{${name}}`).join('')}b`, reply: 'x' }], slots };
    const started = performance.now();
    expect(await answer(params, text('a'.repeat(90)))).toEqual(['Sorry, I did not understand that.', '0']);
    expect(performance.now() - started).toBeLessThan(2000);
  });

  it.each([
    [{ other: 'hi' }, "found nothing at json_path 'text', where it takes a text"],
    [{ text: 5 }, "found number at json_path 'text', where it takes a text"],
    [{ text: null }, "found null at json_path 'text', where it takes a text"],
  ])('says what JSON has in place of a text: %o', async (value, message) => {
    const params = { rules: [{ heard: 'hi', reply: 'x' }], json_path: 'text' };
    await expect(answer(params, json(value))).rejects.toMatchObject({
      code: 'input.invalid',
      nodeId: 'node',
      message: `Node 'node' ${message}`,
    });
  });

  it('refuses a text that is no sentence', async () => {
    const params = { rules: [{ heard: 'hi', reply: 'x' }] };
    await expect(answer(params, text('a'.repeat(100_001)))).rejects.toMatchObject({
      code: 'input.invalid',
      message: "Node 'node' got a text of 100001 characters, and the most is 100000",
    });
  });

  it('reaches only what the JSON itself has', async () => {
    for (const json_path of ['constructor.name', '__proto__', 'length']) {
      const params = { rules: [{ heard: 'hi', reply: 'x' }], json_path };
      await expect(answer(params, json({}))).rejects.toMatchObject({
        message: expect.stringContaining('found nothing'),
      });
    }
    const broken: JsonData = { kind: 'json', jsonPayload: '{', schemaType: '', metadata: {} };
    await expect(answer({ rules: [{ heard: 'hi', reply: 'x' }] }, broken)).rejects.toMatchObject({
      message: "Node 'node' got JSON of 1 characters that cannot be read",
    });
  });

  it.each([
    [{ heard: 'go {where}', reply: 'x' }, "heard names the slot 'where'; the slots are side"],
    [{ heard: '{side} {side}', reply: 'x' }, "heard names the slot 'side' twice"],
    [{ heard: 'go', reply: '{side}' }, "reply names the slot 'side', which heard does not"],
    [{ heard: 'go', emit: { a: ['{side}'] } }, "emit names the slot 'side', which heard does not"],
    [{ heard: 'go' }, 'a rule needs either reply or emit'],
    [{ heard: 'go', reply: 'x', emit: {} }, 'a rule needs either reply or emit'],
  ])('refuses a rule that cannot work: %o', (rule, message) => {
    const problems = textRule.checkParams({ rules: [rule], slots: { side: ['left'] } });
    expect(problems).toEqual([{ path: 'rules[0]', message, unknownKey: null }]);
  });
});
