import { isCompatibleClient, PROTOCOL_VERSION, RemoteMediaError } from '@remotemedia/contract';

/** What a client of that version is told. */
export function describeCompatibility(clientVersion: string): string {
  return isCompatibleClient(clientVersion)
    ? `Compatible with protocol ${PROTOCOL_VERSION}`
    : `client_version '${clientVersion.slice(0, 100)}' is not compatible with protocol ${PROTOCOL_VERSION}`;
}

/** @throws RemoteMediaError `client.version_mismatch` */
export function checkClientVersion(clientVersion: string): void {
  if (isCompatibleClient(clientVersion)) return;
  throw new RemoteMediaError('client.version_mismatch', describeCompatibility(clientVersion));
}
