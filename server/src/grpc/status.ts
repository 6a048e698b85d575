import { randomBytes } from 'node:crypto';
import { Metadata, type StatusObject } from '@grpc/grpc-js';
import {
  isRemoteMediaError,
  type RemoteMediaError,
  STATUS_DETAILS_KEY,
  toGrpcStatus,
  toRemoteMediaError,
} from '@remotemedia/contract';
import type { Logger } from '../observe/logger.js';

/** What a call ends with because of `error`. */
export function toStatus(error: RemoteMediaError): StatusObject {
  const { code, message, details } = toGrpcStatus(error);
  const metadata = new Metadata();
  metadata.set(STATUS_DETAILS_KEY, Buffer.from(details.buffer, details.byteOffset, details.byteLength));
  return { code, details: message, metadata };
}

/** Makes whatever was thrown in a handler an error for the client; a bug is logged under the id that the client gets. */
export function typed(thrown: unknown, log: Logger): RemoteMediaError {
  if (isRemoteMediaError(thrown)) return thrown;
  const logId = randomBytes(6).toString('hex');
  log.error(`Internal error ${logId}`, { err: thrown });
  return toRemoteMediaError(thrown, logId);
}
