import { RemoteMediaError, type RuntimeData, toDataBuffer, type wire } from '@remotemedia/contract';

/**
 * A manifest as it stands in a file: a plain object (snake_case or camelCase keys, `params` an object), or its JSON
 * or YAML text. The service checks it, so both ends never disagree about what is valid.
 */
export type ManifestInput = object | string;

/** Data for nodes, by node id. */
export type Inputs = Readonly<Record<string, RuntimeData>>;

/** The manifest as the text that the wire's `manifest_json` carries. */
export function manifestText(manifest: ManifestInput): string {
  if (typeof manifest === 'string') return manifest;
  try {
    return JSON.stringify(manifest);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new RemoteMediaError('manifest.invalid', `The manifest cannot be written as JSON: ${why}`, { cause: error });
  }
}

export function toDataBuffers(inputs: Inputs | undefined): Map<string, wire.DataBuffer> {
  return new Map(Object.entries(inputs ?? {}).map(([nodeId, data]) => [nodeId, toDataBuffer(data)]));
}
