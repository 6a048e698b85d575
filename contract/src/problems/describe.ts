/** Words for values and places, as they stand in messages. */

const QUOTE_LIMIT = 60;
const PLAIN_KEY = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** A text in quotes, short enough for a message. */
export function quote(text: string): string {
  const cut = text.length > QUOTE_LIMIT ? `${text.slice(0, QUOTE_LIMIT)}…` : text;
  return JSON.stringify(cut);
}

/** Bytes as a message shows them: as text where they are text, otherwise in hexadecimal. */
export function quoteBytes(bytes: Uint8Array): string {
  const text = textOf(bytes);
  if (text !== null && isPrintable(text)) {
    return quote(text);
  }
  const hex = Array.from(bytes.subarray(0, 24), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return `bytes ${hex}${bytes.byteLength > 24 ? ' …' : ''}`;
}

/** The UTF-8 text of bytes, or null when they are something else. */
export function textOf(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Whether a text has no control characters but the white space of a document. */
export function isPrintable(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 0x20 && code !== 0x09 && code !== 0x0a && code !== 0x0d) {
      return false;
    }
  }
  return true;
}

/** What a value is, for "must be …, got …". */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `the text ${quote(value)}`;
    case 'number':
    case 'bigint':
    case 'boolean':
      return String(value);
    case 'undefined':
      return 'nothing';
    case 'object':
      return value === null ? 'null' : Array.isArray(value) ? 'a list' : 'an object';
    default:
      return `a ${typeof value}`;
  }
}

/** A path as it is written in code: `nodes[2].params["odd key"]`. */
export function joinPath(base: string, key: PropertyKey): string {
  if (typeof key === 'number') {
    return `${base}[${key}]`;
  }
  const name = String(key);
  if (!PLAIN_KEY.test(name)) {
    return `${base}[${quote(name)}]`;
  }
  return base === '' ? name : `${base}.${name}`;
}

/** An object as JSON makes it: no class, no list. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
