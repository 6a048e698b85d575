import { RemoteMediaError } from '../errors/error.js';
import type { ControlMessage, DataBuffer } from '../gen/remotemedia.js';
import {
  type CompositeData,
  type ControlRequest,
  type Metadata,
  type RuntimeData,
  setMetadata,
} from '../runtime-data.js';

/**
 * The wire's message as runtime data. Byte fields are the message's own, not copies.
 *
 * @throws RemoteMediaError `input.invalid` for a buffer without content.
 */
export function fromDataBuffer(buffer: DataBuffer): RuntimeData {
  const content = buffer.dataType;
  const metadata = fromMap(buffer.metadata);
  switch (content?.$case) {
    case undefined:
      throw new RemoteMediaError('input.invalid', 'A buffer has no content', {
        hint: 'Set one of audio, video, tensor, json, text, binary, control, numpy or file.',
      });
    case 'audio': {
      const audio = content.value;
      return { kind: 'audio', ...audio, metadataJson: audio.metadataJson ?? null, metadata };
    }
    case 'control': {
      const { messageType, segmentId, timestampMs, metadata: controlMetadata } = content.value;
      return { kind: 'control', message: fromRequest(messageType), segmentId, timestampMs, controlMetadata, metadata };
    }
    case 'video':
      return { kind: 'video', ...content.value, metadata };
    case 'tensor':
      return { kind: 'tensor', ...content.value, metadata };
    case 'numpy':
      return { kind: 'numpy', ...content.value, metadata };
    case 'text':
      return { kind: 'text', ...content.value, metadata };
    case 'json':
      return { kind: 'json', ...content.value, metadata };
    case 'binary':
      return { kind: 'binary', ...content.value, metadata };
    case 'file':
      return { kind: 'file', ...content.value, metadata };
  }
}

/** Named buffers of a chunk as one message. Byte fields are not copied. */
export function fromNamedBuffers(buffers: ReadonlyMap<string, DataBuffer>): CompositeData {
  const parts = new Map<string, RuntimeData>();
  for (const [name, buffer] of buffers) {
    parts.set(name, fromDataBuffer(buffer));
  }
  return { kind: 'composite', buffers: parts, metadata: {} };
}

function fromRequest(request: ControlMessage['messageType']): ControlRequest | null {
  switch (request?.$case) {
    case undefined:
      return null;
    case 'cancelSpeculation':
      return { type: 'cancel_speculation', ...request.value };
    case 'batchHint':
      return { type: 'batch_hint', ...request.value };
    case 'deadlineWarning':
      return { type: 'deadline_warning', ...request.value };
  }
}

function fromMap(map: ReadonlyMap<string, string>): Metadata {
  const metadata: Metadata = {};
  for (const [key, value] of map) {
    setMetadata(metadata, key, value);
  }
  return metadata;
}
