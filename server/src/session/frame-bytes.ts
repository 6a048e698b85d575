import type { Metadata, RuntimeData } from '@remotemedia/contract';

/** Bytes of `data`, as far as a byte budget is concerned: its body, and the texts and lists beside it, which a client may fill too. */
export function frameBytes(data: RuntimeData): number {
  return bodyBytes(data) + metadataBytes(data.metadata);
}

function bodyBytes(data: RuntimeData): number {
  switch (data.kind) {
    case 'audio':
      return data.samples.byteLength + (data.metadataJson?.byteLength ?? 0);
    case 'video':
      return data.pixelData.byteLength;
    case 'tensor':
      return data.data.byteLength + data.layout.length;
    case 'numpy':
      return data.data.byteLength + data.dtype.length;
    case 'binary':
      return data.data.byteLength + data.mimeType.length;
    case 'text':
      return data.textData.byteLength + data.language.length + data.channel.length;
    case 'json':
      return data.jsonPayload.length + data.schemaType.length;
    case 'file':
      return data.path.length + data.filename.length + data.mimeType.length + data.streamId.length;
    case 'control':
      return data.segmentId.length + data.controlMetadata.length;
    case 'composite': {
      let total = 0;
      for (const [name, part] of data.buffers) total += name.length + frameBytes(part);
      return total;
    }
  }
}

function metadataBytes(metadata: Metadata): number {
  let total = 0;
  for (const key in metadata) total += key.length + (metadata[key]?.length ?? 0);
  return total;
}
