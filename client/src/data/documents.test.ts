import { expect, test } from 'vitest';
import { binaryFromBytes, jsonFromValue, jsonToValue, textFromString, textToString } from './documents.js';

test.each(['', 'ascii', '世界 🌍', '\ufeffwith a mark'])('the text %j comes back', (text) => {
  const data = textFromString(text, { language: 'en' });
  expect(data).toMatchObject({ kind: 'text', encoding: 'utf-8', language: 'en' });
  expect(textToString(data)).toBe(text);
});

test('text is read by the encoding that it names', () => {
  const textData = Uint8Array.of(0xfc, 0);
  expect(textToString({ ...textFromString(''), textData, encoding: 'utf-16le' })).toBe('ü');
  expect(textToString({ ...textFromString(''), textData: Uint8Array.of(97), encoding: '' })).toBe('a');
  expect(() => textToString({ ...textFromString(''), textData })).toThrow("The text is not 'utf-8'");
  expect(() => textToString({ ...textFromString(''), encoding: 'klingon' })).toThrow("The text is not 'klingon'");
});

test('a value comes back', () => {
  const value = { list: [1, 'two', null, { three: 3.5 }] };
  expect(jsonToValue(jsonFromValue(value))).toEqual(value);
  expect(jsonFromValue(null, { schemaType: 'x' })).toMatchObject({ jsonPayload: 'null', schemaType: 'x' });
});

test.each([undefined, () => 1, 1n])('%s is no JSON', (value) => {
  expect(() => jsonFromValue(value)).toThrow(/cannot be written as JSON/);
});

test('a document that is no JSON is an error that is typed', () => {
  const document = { ...jsonFromValue(1), jsonPayload: '{' };
  expect(() => jsonToValue(document)).toThrow(expect.objectContaining({ code: 'input.invalid' }));
});

test('bytes are not copied', () => {
  const bytes = Uint8Array.of(1, 2);
  expect(binaryFromBytes(bytes, { mimeType: 'image/png' })).toEqual({
    kind: 'binary',
    data: bytes,
    mimeType: 'image/png',
    metadata: {},
  });
});
