/**
 * The ten kinds of data that travel between nodes, as one discriminated union.
 *
 * Field names are the wire's, in camelCase. Byte fields are views: nobody copies them on the way, so a node that
 * wants to keep one past its call copies it, and nobody writes into one it was given.
 */

/** Text pairs that travel with any kind of data, in insertion order. */
export type Metadata = Record<string, string>;

/** Interleaved audio samples. */
export interface AudioData {
  readonly kind: 'audio';
  /** Raw samples, interleaved by channel, in the byte order of the machine (little endian). */
  samples: Uint8Array;
  /** Samples per second of one channel. */
  sampleRate: number;
  channels: number;
  /** `AudioFormat` of the wire: 1 = 32-bit float, 2 = 16-bit integer, 3 = 32-bit integer. */
  format: number;
  /** The sample count as the sender gave it; kept as it came. */
  numSamples: number;
  /** JSON that belongs to these samples (UTF-8), or null when there is none. Empty is not null. */
  metadataJson: Uint8Array | null;
  metadata: Metadata;
}

/** One video frame, raw or encoded. */
export interface VideoData {
  readonly kind: 'video';
  pixelData: Uint8Array;
  width: number;
  height: number;
  /** `PixelFormat` of the wire. */
  format: number;
  frameNumber: number;
  timestampUs: number;
  /** `VideoCodec` of the wire; 0 for raw pixels. */
  codec: number;
  isKeyframe: boolean;
  metadata: Metadata;
}

/** A dense tensor. */
export interface TensorData {
  readonly kind: 'tensor';
  data: Uint8Array;
  /** Empty for a scalar. */
  shape: number[];
  /** `TensorDtype` of the wire. */
  dtype: number;
  layout: string;
  metadata: Metadata;
}

/** A numpy array with its own dtype string and strides. */
export interface NumpyData {
  readonly kind: 'numpy';
  data: Uint8Array;
  /** Empty for a 0-d array. */
  shape: number[];
  /** As numpy writes it, for example `float32` or `<f4`. */
  dtype: string;
  /** Bytes from one element to the next along each axis; may be negative. */
  strides: number[];
  cContiguous: boolean;
  fContiguous: boolean;
  metadata: Metadata;
}

/** Text as encoded bytes. */
export interface TextData {
  readonly kind: 'text';
  textData: Uint8Array;
  /** For example `utf-8`; empty means UTF-8. */
  encoding: string;
  language: string;
  channel: string;
  metadata: Metadata;
}

/** One JSON document as text. */
export interface JsonData {
  readonly kind: 'json';
  jsonPayload: string;
  schemaType: string;
  metadata: Metadata;
}

/** Bytes with a media type. */
export interface BinaryData {
  readonly kind: 'binary';
  data: Uint8Array;
  mimeType: string;
  metadata: Metadata;
}

/** A reference to (a part of) a file; carries no content. */
export interface FileData {
  readonly kind: 'file';
  path: string;
  filename: string;
  mimeType: string;
  /** Size of the whole file in bytes. */
  size: number;
  /** First byte of the part. */
  offset: number;
  /** Length of the part in bytes. */
  length: number;
  streamId: string;
  metadata: Metadata;
}

/** What a control message asks for. */
export type ControlRequest =
  | { readonly type: 'cancel_speculation'; fromTimestamp: number; toTimestamp: number }
  | { readonly type: 'batch_hint'; suggestedBatchSize: number }
  | { readonly type: 'deadline_warning'; deadlineUs: number };

/** A message about the flow itself rather than media. */
export interface ControlData {
  readonly kind: 'control';
  message: ControlRequest | null;
  segmentId: string;
  timestampMs: number;
  /** The wire's own `metadata` string of a control message; `metadata` is the map every kind has. */
  controlMetadata: string;
  metadata: Metadata;
}

/** Several named messages that arrive in one call (`named_buffers` of the wire). Composites do not nest. */
export interface CompositeData {
  readonly kind: 'composite';
  buffers: Map<string, RuntimeData>;
  metadata: Metadata;
}

export type RuntimeData =
  | AudioData
  | VideoData
  | TensorData
  | NumpyData
  | TextData
  | JsonData
  | BinaryData
  | FileData
  | ControlData
  | CompositeData;

/** Names of the kinds, the same in manifests, schemas, logs and both languages. */
export type DataKind = RuntimeData['kind'];

/** One message on its way: data with the sequence and media time it inherited from its input. */
export interface Frame {
  sequence: number;
  /** Media time in microseconds; 0 when there is none. */
  timestampUs: number;
  data: RuntimeData;
}

/**
 * Puts one pair into a metadata map.
 *
 * A plain assignment of the key `__proto__` would change the object's prototype instead of adding a pair.
 */
export function setMetadata(metadata: Metadata, key: string, value: string): void {
  if (key === '__proto__') {
    Object.defineProperty(metadata, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    metadata[key] = value;
  }
}
