/** The version of the wire contract. */
export const PROTOCOL_VERSION = 'v1';

const COMPATIBLE = /^v?1(\.[0-9A-Za-z-]+)*$/;

/** Whether a client of this version can be served: none given, `v1`, `v1.x` or `1.x`. */
export function isCompatibleClient(clientVersion: string): boolean {
  return clientVersion === '' || COMPATIBLE.test(clientVersion);
}
