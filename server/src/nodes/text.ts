/** What nodes ask of text: that it is UTF-8. */
import { RemoteMediaError, type TextData } from '@remotemedia/contract';

const DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const ENCODER = new TextEncoder();
const UTF_8_NAMES = new Set(['', 'utf-8', 'utf8', 'ascii', 'us-ascii']);

/**
 * The characters of a text message.
 *
 * @throws RemoteMediaError `input.invalid` for another kind of data, another encoding, or bytes that are no UTF-8
 */
export function readText(data: { readonly kind: string }, nodeId: string): string {
  if (!isText(data))
    throw invalid(nodeId, `got ${data.kind} where it takes text`, 'Connect it to a node that makes text.');
  if (!UTF_8_NAMES.has(data.encoding.toLowerCase())) {
    throw invalid(nodeId, `got text of encoding ${data.encoding}`, 'Send text as UTF-8.');
  }
  try {
    return DECODER.decode(data.textData);
  } catch {
    throw invalid(nodeId, `got text of ${data.textData.byteLength} bytes that is no UTF-8`, 'Send whole characters.');
  }
}

/** A text message, with language, channel and metadata of `source`. */
export function makeText(text: string, source: Pick<TextData, 'language' | 'channel' | 'metadata'>): TextData {
  const { language, channel, metadata } = source;
  return { kind: 'text', textData: ENCODER.encode(text), encoding: 'utf-8', language, channel, metadata };
}

export function isText(data: { readonly kind: string }): data is TextData {
  return data.kind === 'text';
}

function invalid(nodeId: string, what: string, hint: string): RemoteMediaError {
  return new RemoteMediaError('input.invalid', `Node '${nodeId}' ${what}`, { nodeId, hint });
}
