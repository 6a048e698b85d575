import { type ServiceError, status } from '@grpc/grpc-js';
import { fromGrpcStatus, isRemoteMediaError, RemoteMediaError, STATUS_DETAILS_KEY } from '@remotemedia/contract';
import { tlsHint } from './channel-credentials.js';

/** Statuses that say, without details of ours, that no service of ours answers at the address. */
const NOT_OURS: ReadonlySet<number> = new Set([status.UNAVAILABLE, status.UNIMPLEMENTED]);

/**
 * Makes what a failed call throws typed. The one place where a gRPC error becomes a {@link RemoteMediaError}.
 *
 * Also for whoever calls through grpc-js alone and wants the code, the node, the hint and the traceback of an error.
 */
export function fromCallError(error: unknown, address = 'its address'): RemoteMediaError {
  if (isRemoteMediaError(error)) return error;
  if (!isServiceError(error)) {
    const text = error instanceof Error ? error.message : String(error);
    return new RemoteMediaError('internal', text, { cause: error });
  }
  const [trailer] = error.metadata.get(STATUS_DETAILS_KEY);
  const details = Buffer.isBuffer(trailer) ? trailer : null;
  if (details === null && NOT_OURS.has(error.code)) {
    const message = `The service at ${address} cannot be reached: ${error.details}`;
    return new RemoteMediaError('service.unreachable', message, { cause: error, ...tlsHint(error.details) });
  }
  return fromGrpcStatus(error.code, error.details, details);
}

/** gRPC's own errors, told apart by shape: another copy of grpc-js has another class. */
function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' && 'metadata' in error;
}
