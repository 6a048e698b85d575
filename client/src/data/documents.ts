import { type BinaryData, type JsonData, type Metadata, RemoteMediaError, type TextData } from '@remotemedia/contract';

/** Text, as UTF-8. */
export function textFromString(
  text: string,
  options: { readonly language?: string; readonly channel?: string; readonly metadata?: Metadata } = {},
): TextData {
  const { language = '', channel = '', metadata = {} } = options;
  return { kind: 'text', textData: new TextEncoder().encode(text), encoding: 'utf-8', language, channel, metadata };
}

/**
 * The text, by the encoding that it names.
 *
 * @throws RemoteMediaError `input.invalid` for an unknown encoding, or bytes that are not in it.
 */
export function textToString({ textData, encoding }: TextData): string {
  try {
    return new TextDecoder(encoding === '' ? 'utf-8' : encoding, { fatal: true, ignoreBOM: true }).decode(textData);
  } catch (error) {
    throw new RemoteMediaError('input.invalid', `The text is not '${encoding || 'utf-8'}'`, {
      hint: 'Read its bytes from textData.',
      cause: error,
    });
  }
}

/**
 * A JSON document of anything that JSON can hold.
 *
 * @throws RemoteMediaError `input.invalid` for what it cannot.
 */
export function jsonFromValue(
  value: unknown,
  options: { readonly schemaType?: string; readonly metadata?: Metadata } = {},
): JsonData {
  const { schemaType = '', metadata = {} } = options;
  return { kind: 'json', jsonPayload: stringify(value), schemaType, metadata };
}

/**
 * The value of the document.
 *
 * @throws RemoteMediaError `input.invalid` for text that is not JSON.
 */
export function jsonToValue({ jsonPayload }: JsonData): unknown {
  try {
    return JSON.parse(jsonPayload);
  } catch (error) {
    throw new RemoteMediaError('input.invalid', `The document is not JSON: ${String(error)}`, {
      hint: 'Read its text from jsonPayload.',
      cause: error,
    });
  }
}

/** Bytes with a media type. They are not copied. */
export function binaryFromBytes(
  data: Uint8Array,
  options: { readonly mimeType?: string; readonly metadata?: Metadata } = {},
): BinaryData {
  const { mimeType = '', metadata = {} } = options;
  return { kind: 'binary', data, mimeType, metadata };
}

function stringify(value: unknown): string {
  let why = 'it has no form in JSON';
  try {
    // Undefined and functions give undefined, which the types do not say.
    const text: string | undefined = JSON.stringify(value);
    if (text !== undefined) return text;
  } catch (error) {
    why = error instanceof Error ? error.message : String(error);
  }
  throw new RemoteMediaError('input.invalid', `The value cannot be written as JSON: ${why}`, {
    hint: 'Send plain objects, lists, strings, numbers, booleans and null.',
  });
}
