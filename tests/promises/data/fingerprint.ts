import { createHash } from 'node:crypto';
import type { Frame } from '@remotemedia/contract';

/** Longer texts are hashed as bytes: writing them as JSON first would only cost time. */
const LONG_TEXT = 1024;

/**
 * SHA-256 over all of a frame: sequence, media time, every field of its data and every byte.
 *
 * It knows no kind of data and shares no code with the frame layout, so that a field the layout forgets changes it.
 */
export function fingerprint({ sequence, timestampUs, data }: Frame): string {
  const blobs: Uint8Array[] = [];
  const fields = JSON.stringify([sequence, timestampUs, plain(data, blobs)]);
  const hash = createHash('sha256').update(fields);
  for (const blob of blobs) hash.update(blob);
  return hash.digest('base64');
}

/** The frame's fields, cut short, for a person to read. */
export function outline({ sequence, timestampUs, data }: Frame): string {
  return JSON.stringify({ sequence, timestampUs, data: plain(data, []) }).slice(0, 600);
}

function plain(value: unknown, blobs: Uint8Array[]): unknown {
  if (value instanceof Uint8Array) {
    blobs.push(value);
    return { bytes: value.byteLength };
  }
  if (typeof value === 'string' && value.length > LONG_TEXT) {
    const bytes = Buffer.from(value);
    blobs.push(bytes);
    return { textBytes: bytes.byteLength };
  }
  if (value instanceof Map) return [...value].map(([name, part]) => [name, plain(part, blobs)]);
  if (Array.isArray(value) || typeof value !== 'object' || value === null) return value;
  const names = Object.keys(value).sort();
  const fields = value as Record<string, unknown>;
  // The order of a metadata map belongs to it, the order of an object's fields does not.
  return names.map((name) => [
    name,
    name === 'metadata' ? Object.entries(fields[name] as object) : plain(fields[name], blobs),
  ]);
}
