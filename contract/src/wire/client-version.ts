/** The version of the wire contract. */
export const PROTOCOL_VERSION = 'v1';

/** A regular expression that repeats a group has a stack, and a version of megabytes fills it. */
const LENGTH_LIMIT = 100;
const COMPATIBLE = /^v?1(\.[0-9A-Za-z-]+)*$/;

/** Whether a client of this version can be served: none given, `v1`, `v1.x` or `1.x`. */
export function isCompatibleClient(clientVersion: string): boolean {
  return clientVersion === '' || (clientVersion.length <= LENGTH_LIMIT && COMPATIBLE.test(clientVersion));
}
