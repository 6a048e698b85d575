import { RemoteMediaError } from '@remotemedia/contract';

/** The one protocol there is. */
export const PROTOCOL_VERSION = 'v1';

const COMPATIBLE = /^(v?1(\.\d+)*)$/;

/** Whether a client of that version can talk to this service; one that says nothing can. */
export function isCompatible(clientVersion: string): boolean {
  return clientVersion === '' || COMPATIBLE.test(clientVersion);
}

/** @throws RemoteMediaError `client.version_mismatch` */
export function checkClientVersion(clientVersion: string): void {
  if (isCompatible(clientVersion)) return;
  const text = `client_version '${clientVersion}' is not compatible with protocol ${PROTOCOL_VERSION}`;
  throw new RemoteMediaError('client.version_mismatch', text);
}
