import { isErrorCode, isRemoteMediaError, RemoteMediaError } from '@remotemedia/contract';

/** Gives an error of the native channel its place in the table of errors. `what` says what failed. */
export function fromChannelError(error: unknown, what: string, nodeId: string | null): RemoteMediaError {
  if (isRemoteMediaError(error)) return error;
  const text = error instanceof Error ? error.message : String(error);
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  return new RemoteMediaError(isErrorCode(code) ? code : 'internal', `${what}: ${text}`, { nodeId, cause: error });
}

/** The same for one connection; empty ids are the outside. */
export function fromConnectionError(error: unknown, from: string, to: string): RemoteMediaError {
  return fromChannelError(error, `Connection ${from || 'input'} → ${to || 'results'}`, from || to || null);
}
