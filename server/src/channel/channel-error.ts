import { isErrorCode, isRemoteMediaError, RemoteMediaError } from '@remotemedia/contract';

/** Gives an error of the native channel its place in the table of errors. */
export function fromChannelError(error: unknown, from: string, to: string): Error {
  if (isRemoteMediaError(error)) return error;
  const text = error instanceof Error ? error.message : String(error);
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  const way = `${from || 'input'} → ${to || 'results'}`;
  return new RemoteMediaError(isErrorCode(code) ? code : 'internal', `Connection ${way}: ${text}`, {
    nodeId: from || to || null,
    cause: error,
  });
}
