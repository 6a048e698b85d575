import type { RuntimeData } from '@remotemedia/contract';

/** Bytes of media in `data`, as far as a byte budget is concerned: bodies count, small fields beside them do not. */
export function frameBytes(data: RuntimeData): number {
  switch (data.kind) {
    case 'audio':
      return data.samples.byteLength;
    case 'video':
      return data.pixelData.byteLength;
    case 'tensor':
    case 'numpy':
    case 'binary':
      return data.data.byteLength;
    case 'text':
      return data.textData.byteLength;
    case 'json':
      return data.jsonPayload.length;
    case 'file':
    case 'control':
      return 0;
    case 'composite': {
      let total = 0;
      for (const part of data.buffers.values()) total += frameBytes(part);
      return total;
    }
  }
}
