import { RemoteMediaError } from '../errors/error.js';
import {
  type CompositeData,
  type ControlRequest,
  type Metadata,
  type RuntimeData,
  setMetadata,
} from '../runtime-data.js';
import { plainBytes } from '../wire/plain-bytes.js';
import { align8 } from './header.js';
import { FRAME_KIND } from './kinds.js';
import { MetaReader } from './meta-reader.js';

/** The least a composite entry takes in the meta: name length, kind, offset, body length, meta length. */
const ENTRY_BYTES = 25;

const textDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Decodes one frame. Byte fields of the result are views of `body` and `meta`: they are good as long as the message is.
 *
 * @throws RemoteMediaError `frame.invalid` for anything that {@link encodeFrame} does not write.
 */
export function decodeFrame(kind: number, body: Uint8Array, meta: Uint8Array): RuntimeData {
  const input = new MetaReader(plainBytes(meta));
  const bytes = plainBytes(body);
  const data = kind === FRAME_KIND.composite ? readComposite(input, bytes) : readFields(input, kind, bytes);
  readMetadata(input, data.metadata);
  input.end();
  return data;
}

function readFields(input: MetaReader, kind: number, body: Uint8Array): RuntimeData {
  const metadata: Metadata = {};
  // Object literals evaluate top to bottom, so the order of the fields below is the order of the bytes.
  switch (kind) {
    case FRAME_KIND.audio:
      return {
        kind: 'audio',
        samples: body,
        sampleRate: input.u32(),
        channels: input.u32(),
        format: input.u32(),
        numSamples: input.u64(),
        metadataJson: input.bool() ? input.bytes() : null,
        metadata,
      };
    case FRAME_KIND.video:
      return {
        kind: 'video',
        pixelData: body,
        width: input.u32(),
        height: input.u32(),
        format: input.u32(),
        frameNumber: input.u64(),
        timestampUs: input.u64(),
        codec: input.u32(),
        isKeyframe: input.bool(),
        metadata,
      };
    case FRAME_KIND.tensor:
      return { kind: 'tensor', data: body, dtype: input.u32(), shape: input.u64List(), layout: input.str(), metadata };
    case FRAME_KIND.numpy:
      return {
        kind: 'numpy',
        data: body,
        dtype: input.str(),
        shape: input.u64List(),
        strides: input.i64List(),
        cContiguous: input.bool(),
        fContiguous: input.bool(),
        metadata,
      };
    case FRAME_KIND.text:
      return {
        kind: 'text',
        textData: body,
        encoding: input.str(),
        language: input.str(),
        channel: input.str(),
        metadata,
      };
    case FRAME_KIND.json:
      return { kind: 'json', jsonPayload: decodeText(body), schemaType: input.str(), metadata };
    case FRAME_KIND.binary:
      return { kind: 'binary', data: body, mimeType: input.str(), metadata };
    case FRAME_KIND.file:
      requireEmpty(body, 'file');
      return {
        kind: 'file',
        path: input.str(),
        filename: input.str(),
        mimeType: input.str(),
        size: input.u64(),
        offset: input.u64(),
        length: input.u64(),
        streamId: input.str(),
        metadata,
      };
    case FRAME_KIND.control:
      requireEmpty(body, 'control');
      return {
        kind: 'control',
        message: readControlRequest(input),
        segmentId: input.str(),
        timestampMs: input.u64(),
        controlMetadata: input.str(),
        metadata,
      };
    default:
      throw invalid(`kind ${kind} carries no data`);
  }
}

function readControlRequest(input: MetaReader): ControlRequest | null {
  const message = input.u8();
  const a = input.u64();
  const b = input.u64();
  switch (message) {
    case 0:
      return null;
    case 1:
      return { type: 'cancel_speculation', fromTimestamp: a, toTimestamp: b };
    case 2:
      return { type: 'batch_hint', suggestedBatchSize: a };
    case 3:
      return { type: 'deadline_warning', deadlineUs: a };
    default:
      throw invalid(`control message ${message} is unknown`);
  }
}

function readMetadata(input: MetaReader, metadata: Metadata): void {
  for (let left = input.count(8); left > 0; left--) {
    setMetadata(metadata, input.str(), input.str());
  }
}

function readComposite(input: MetaReader, body: Uint8Array): CompositeData {
  const buffers = new Map<string, RuntimeData>();
  for (let left = input.count(ENTRY_BYTES); left > 0; left--) {
    const name = input.str();
    const kind = input.u8();
    const start = input.u64();
    const bodyLen = input.u64();
    const metaLen = input.u32();
    const metaStart = start + align8(bodyLen);
    if (start % 64 !== 0 || metaStart + metaLen > body.byteLength) {
      throw invalid(`composite entry '${name}' does not lie within the body`);
    }
    if (kind === FRAME_KIND.composite) {
      throw invalid(`composite entry '${name}' is a composite itself`);
    }
    if (buffers.has(name)) {
      throw invalid(`composite entry '${name}' comes twice`);
    }
    const part = decodeFrame(
      kind,
      body.subarray(start, start + bodyLen),
      body.subarray(metaStart, metaStart + metaLen),
    );
    buffers.set(name, part);
  }
  return { kind: 'composite', buffers, metadata: {} };
}

function decodeText(body: Uint8Array): string {
  try {
    return textDecoder.decode(body);
  } catch {
    throw invalid('JSON is not UTF-8');
  }
}

function requireEmpty(body: Uint8Array, kind: string): void {
  if (body.byteLength > 0) {
    throw invalid(`${kind} data has a body of ${body.byteLength} bytes`);
  }
}

function invalid(fact: string): RemoteMediaError {
  return new RemoteMediaError('frame.invalid', `Frame cannot be read: ${fact}`);
}
