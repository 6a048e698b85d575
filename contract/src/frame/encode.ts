import { RemoteMediaError } from '../errors/error.js';
import type { CompositeData, ControlData, Metadata, RuntimeData } from '../runtime-data.js';
import { align8 } from './header.js';
import { FRAME_KIND } from './kinds.js';
import { MetaWriter } from './meta-writer.js';

/** One encoded frame. The channel writes body and meta into a slot and fills the header. */
export interface EncodedFrame {
  kind: number;
  /** The data's own bytes, not a copy, except for a composite. */
  body: Uint8Array;
  meta: Uint8Array;
}

/** Entries of a composite start at a multiple of this, so that each can be viewed in place. */
const ENTRY_ALIGNMENT = 64;

const EMPTY = new Uint8Array(0);
const textEncoder = new TextEncoder();
const writer = new MetaWriter();

/**
 * Encodes data for a shared-memory frame.
 *
 * @throws RemoteMediaError `input.invalid` when a field does not fit its place in the frame (a negative count, an
 *   integer beyond 2^53) or a composite holds a composite.
 */
export function encodeFrame(data: RuntimeData): EncodedFrame {
  try {
    if (data.kind === 'composite') {
      return encodeComposite(data);
    }
    const body = writeFields(writer.reset(), data);
    writeMetadata(data.metadata);
    return { kind: FRAME_KIND[data.kind], body, meta: writer.finish() };
  } catch (error) {
    if (error instanceof RangeError) {
      throw new RemoteMediaError('input.invalid', `${data.kind} data cannot be sent: ${error.message}`, {
        cause: error,
      });
    }
    throw error;
  }
}

function writeFields(out: MetaWriter, data: Exclude<RuntimeData, CompositeData>): Uint8Array {
  switch (data.kind) {
    case 'audio':
      out.u32(data.sampleRate);
      out.u32(data.channels);
      out.u32(data.format);
      out.u64(data.numSamples);
      out.bool(data.metadataJson !== null);
      if (data.metadataJson !== null) {
        out.bytes(data.metadataJson);
      }
      return data.samples;
    case 'video':
      out.u32(data.width);
      out.u32(data.height);
      out.u32(data.format);
      out.u64(data.frameNumber);
      out.u64(data.timestampUs);
      out.u32(data.codec);
      out.bool(data.isKeyframe);
      return data.pixelData;
    case 'tensor':
      out.u32(data.dtype);
      writeU64List(out, data.shape);
      out.str(data.layout);
      return data.data;
    case 'numpy':
      out.str(data.dtype);
      writeU64List(out, data.shape);
      out.u32(data.strides.length);
      for (const stride of data.strides) {
        out.i64(stride);
      }
      out.bool(data.cContiguous);
      out.bool(data.fContiguous);
      return data.data;
    case 'text':
      out.str(data.encoding);
      out.str(data.language);
      out.str(data.channel);
      return data.textData;
    case 'json':
      out.str(data.schemaType);
      return textEncoder.encode(data.jsonPayload);
    case 'binary':
      out.str(data.mimeType);
      return data.data;
    case 'file':
      out.str(data.path);
      out.str(data.filename);
      out.str(data.mimeType);
      out.u64(data.size);
      out.u64(data.offset);
      out.u64(data.length);
      out.str(data.streamId);
      return EMPTY;
    case 'control':
      writeControl(out, data);
      return EMPTY;
  }
}

function writeControl(out: MetaWriter, data: ControlData): void {
  const message = data.message;
  switch (message?.type) {
    case undefined:
      writeRequest(out, 0, 0, 0);
      break;
    case 'cancel_speculation':
      writeRequest(out, 1, message.fromTimestamp, message.toTimestamp);
      break;
    case 'batch_hint':
      writeRequest(out, 2, message.suggestedBatchSize, 0);
      break;
    case 'deadline_warning':
      writeRequest(out, 3, message.deadlineUs, 0);
      break;
  }
  out.str(data.segmentId);
  out.u64(data.timestampMs);
  out.str(data.controlMetadata);
}

function writeRequest(out: MetaWriter, message: number, a: number, b: number): void {
  out.u8(message);
  out.u64(a);
  out.u64(b);
}

function writeU64List(out: MetaWriter, list: readonly number[]): void {
  out.u32(list.length);
  for (const value of list) {
    out.u64(value);
  }
}

function writeMetadata(metadata: Metadata): void {
  const keys = Object.keys(metadata);
  writer.u32(keys.length);
  for (const key of keys) {
    writer.str(key);
    writer.str(metadata[key] ?? '');
  }
}

function encodeComposite(data: CompositeData): EncodedFrame {
  const entries: { name: string; offset: number; frame: EncodedFrame }[] = [];
  let length = 0;
  for (const [name, part] of data.buffers) {
    if (part.kind === 'composite') {
      throw new RemoteMediaError('input.invalid', `Composite data cannot be sent: '${name}' is a composite itself`);
    }
    const frame = encodeFrame(part);
    const offset = Math.ceil(length / ENTRY_ALIGNMENT) * ENTRY_ALIGNMENT;
    entries.push({ name, offset, frame });
    length = offset + align8(frame.body.byteLength) + frame.meta.byteLength;
  }
  const body = new Uint8Array(length);
  writer.reset().u32(entries.length);
  for (const { name, offset, frame } of entries) {
    body.set(frame.body, offset);
    body.set(frame.meta, offset + align8(frame.body.byteLength));
    writer.str(name);
    writer.u8(frame.kind);
    writer.u64(offset);
    writer.u64(frame.body.byteLength);
    writer.u32(frame.meta.byteLength);
  }
  writeMetadata(data.metadata);
  return { kind: FRAME_KIND.composite, body, meta: writer.finish() };
}
