import { RemoteMediaError } from '../errors/error.js';
import { FRAME_KIND_NAMES } from './kinds.js';

/** Bytes of a frame header, which is the user header of every shared-memory message. */
export const HEADER_BYTES = 64;
/** The only header version there is. */
export const HEADER_VERSION = 1;

/** The fixed part of a frame. All integers are little endian on the way. */
export interface FrameHeader {
  kind: number;
  flags: number;
  metaLen: number;
  /** The connection's own count, +1 per frame, the end frame included. */
  edgeSeq: number;
  /** Inherited from the input. */
  sequence: number;
  /** Media time; 0 when there is none. */
  timestampUs: number;
  /** Monotonic clock of the sending machine, in nanoseconds. */
  sentNs: bigint;
  bodyLen: number;
}

/** Writes a header into 64 bytes, the unused ones zero. */
export function encodeHeader(header: FrameHeader): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, HEADER_VERSION);
  view.setUint8(1, header.kind);
  view.setUint16(2, header.flags, true);
  view.setUint32(4, header.metaLen, true);
  view.setBigUint64(8, BigInt(header.edgeSeq), true);
  view.setBigUint64(16, BigInt(header.sequence), true);
  view.setBigUint64(24, BigInt(header.timestampUs), true);
  view.setBigUint64(32, header.sentNs, true);
  view.setBigUint64(40, BigInt(header.bodyLen), true);
  return bytes;
}

/**
 * Reads a header.
 *
 * @throws RemoteMediaError `frame.invalid` for a short header, another version, an unknown kind or a count beyond 2^53.
 */
export function decodeHeader(bytes: Uint8Array): FrameHeader {
  if (bytes.byteLength < HEADER_BYTES) {
    throw new RemoteMediaError('frame.invalid', `Frame header has ${bytes.byteLength} bytes, not ${HEADER_BYTES}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  const version = view.getUint8(0);
  if (version !== HEADER_VERSION) {
    throw new RemoteMediaError('frame.invalid', `Frame header has version ${version}, not ${HEADER_VERSION}`);
  }
  const kind = view.getUint8(1);
  if (kind >= FRAME_KIND_NAMES.length) {
    throw new RemoteMediaError('frame.invalid', `Frame header names the unknown kind ${kind}`);
  }
  return {
    kind,
    flags: view.getUint16(2, true),
    metaLen: view.getUint32(4, true),
    edgeSeq: safeCount(view.getBigUint64(8, true), 'edge_seq'),
    sequence: safeCount(view.getBigUint64(16, true), 'sequence'),
    timestampUs: safeCount(view.getBigUint64(24, true), 'timestamp_us'),
    sentNs: view.getBigUint64(32, true),
    bodyLen: safeCount(view.getBigUint64(40, true), 'body_len'),
  };
}

/** Bytes of a frame's payload: the body padded to a multiple of 8, then the meta. */
export function payloadBytes(bodyLen: number, metaLen: number): number {
  return align8(bodyLen) + metaLen;
}

/** Puts body and meta into one payload. Copies; the channel places the two itself. */
export function joinPayload(body: Uint8Array, meta: Uint8Array): Uint8Array {
  const payload = new Uint8Array(payloadBytes(body.byteLength, meta.byteLength));
  payload.set(body, 0);
  payload.set(meta, align8(body.byteLength));
  return payload;
}

/**
 * Views of body and meta in a payload.
 *
 * @throws RemoteMediaError `frame.invalid` when the header's lengths are not the payload's.
 */
export function splitPayload(
  header: Pick<FrameHeader, 'bodyLen' | 'metaLen'>,
  payload: Uint8Array,
): { body: Uint8Array; meta: Uint8Array } {
  const expected = payloadBytes(header.bodyLen, header.metaLen);
  if (payload.byteLength !== expected) {
    throw new RemoteMediaError(
      'frame.invalid',
      `Frame payload has ${payload.byteLength} bytes, its header says ${expected}`,
    );
  }
  const metaStart = align8(header.bodyLen);
  return { body: payload.subarray(0, header.bodyLen), meta: payload.subarray(metaStart) };
}

/** Rounds up to a multiple of 8. Not with bit operations: a body may be longer than 2^31. */
export function align8(length: number): number {
  return Math.ceil(length / 8) * 8;
}

function safeCount(value: bigint, field: string): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new RemoteMediaError('frame.invalid', `Frame header's ${field} is ${value}, beyond 2^53`);
  }
  return Number(value);
}
