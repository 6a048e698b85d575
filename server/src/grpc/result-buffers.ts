import { type RuntimeData, setMetadata, toDataBuffer, type wire } from '@remotemedia/contract';

/** Under this key of its metadata a part of a composite carries the name it had in it. */
export const PART_NAME_KEY = 'buffer_name';

/** A result in the form of the wire. A composite, for which the wire has no form, comes as its parts. */
export function resultBuffers(data: RuntimeData): wire.DataBuffer[] {
  if (data.kind !== 'composite') return [toDataBuffer(data)];
  return [...data.buffers].map(([name, part]) => {
    const metadata = { ...part.metadata };
    setMetadata(metadata, PART_NAME_KEY, name);
    return toDataBuffer({ ...part, metadata });
  });
}
