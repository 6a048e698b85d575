import { RemoteMediaError } from '../errors/error.js';
import type {
  AudioFormat,
  ControlMessage,
  DataBuffer,
  PixelFormat,
  TensorDtype,
  VideoCodec,
} from '../gen/remotemedia.js';
import type { ControlRequest, Metadata, RuntimeData } from '../runtime-data.js';

/**
 * Runtime data as the wire's message. Byte fields are the data's own, not copies.
 *
 * Enum fields pass as the numbers they are, also those that this version does not know.
 *
 * @throws RemoteMediaError `node.failed` for a composite: the wire has named buffers for input only.
 */
export function toDataBuffer(data: RuntimeData): DataBuffer {
  return { dataType: toContent(data), metadata: toMap(data.metadata) };
}

/** The parts of a composite as the named buffers of a chunk. */
export function toNamedBuffers(buffers: ReadonlyMap<string, RuntimeData>): Map<string, DataBuffer> {
  const named = new Map<string, DataBuffer>();
  for (const [name, data] of buffers) {
    named.set(name, toDataBuffer(data));
  }
  return named;
}

function toContent(data: RuntimeData): NonNullable<DataBuffer['dataType']> {
  switch (data.kind) {
    case 'audio':
      return {
        $case: 'audio',
        value: {
          samples: data.samples,
          sampleRate: data.sampleRate,
          channels: data.channels,
          format: data.format as AudioFormat,
          numSamples: data.numSamples,
          metadataJson: data.metadataJson ?? undefined,
        },
      };
    case 'video':
      return {
        $case: 'video',
        value: {
          pixelData: data.pixelData,
          width: data.width,
          height: data.height,
          format: data.format as PixelFormat,
          frameNumber: data.frameNumber,
          timestampUs: data.timestampUs,
          codec: data.codec as VideoCodec,
          isKeyframe: data.isKeyframe,
        },
      };
    case 'tensor':
      return {
        $case: 'tensor',
        value: { data: data.data, shape: data.shape, dtype: data.dtype as TensorDtype, layout: data.layout },
      };
    case 'numpy':
      return {
        $case: 'numpy',
        value: {
          data: data.data,
          shape: data.shape,
          dtype: data.dtype,
          strides: data.strides,
          cContiguous: data.cContiguous,
          fContiguous: data.fContiguous,
        },
      };
    case 'text':
      return {
        $case: 'text',
        value: {
          textData: data.textData,
          encoding: data.encoding,
          language: data.language,
          channel: data.channel,
        },
      };
    case 'json':
      return { $case: 'json', value: { jsonPayload: data.jsonPayload, schemaType: data.schemaType } };
    case 'binary':
      return { $case: 'binary', value: { data: data.data, mimeType: data.mimeType } };
    case 'file':
      return {
        $case: 'file',
        value: {
          path: data.path,
          filename: data.filename,
          mimeType: data.mimeType,
          size: data.size,
          offset: data.offset,
          length: data.length,
          streamId: data.streamId,
        },
      };
    case 'control':
      return {
        $case: 'control',
        value: {
          messageType: toRequest(data.message),
          segmentId: data.segmentId,
          timestampMs: data.timestampMs,
          metadata: data.controlMetadata,
        },
      };
    case 'composite':
      throw new RemoteMediaError('node.failed', 'A composite has no form on the wire and cannot be a result', {
        hint: 'Let the node put out its parts one by one.',
      });
  }
}

function toRequest(request: ControlRequest | null): ControlMessage['messageType'] {
  switch (request?.type) {
    case undefined:
      return undefined;
    case 'cancel_speculation':
      return {
        $case: 'cancelSpeculation',
        value: { fromTimestamp: request.fromTimestamp, toTimestamp: request.toTimestamp },
      };
    case 'batch_hint':
      return { $case: 'batchHint', value: { suggestedBatchSize: request.suggestedBatchSize } };
    case 'deadline_warning':
      return { $case: 'deadlineWarning', value: { deadlineUs: request.deadlineUs } };
  }
}

function toMap(metadata: Metadata): Map<string, string> {
  const map = new Map<string, string>();
  for (const key of Object.keys(metadata)) {
    map.set(key, metadata[key] ?? '');
  }
  return map;
}
