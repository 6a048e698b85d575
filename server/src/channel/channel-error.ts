import { ChannelError } from '@remotemedia/channel';
import { isErrorCode, isRemoteMediaError, RemoteMediaError } from '@remotemedia/contract';

/** Gives an error of the native channel its place in the table of errors. `what` says what failed. */
export function fromChannelError(error: unknown, what: string, nodeId: string | null): RemoteMediaError {
  if (isRemoteMediaError(error)) return error;
  const text = error instanceof Error ? error.message : String(error);
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  const details = error instanceof ChannelError ? shortageOf(error) : {};
  return new RemoteMediaError(isErrorCode(code) ? code : 'internal', `${what}: ${text}`, {
    nodeId,
    cause: error,
    details,
  });
}

/** What a full /dev/shm lacks, in the words of every other limit. */
function shortageOf({ shortage }: ChannelError): Record<string, string | number> {
  if (shortage === null) return {};
  return { asked: shortage.askedBytes, allowed: shortage.availableBytes, setting: 'size of /dev/shm' };
}

/** The same for one connection, also of a frame that came over it and cannot be read; empty ids are the outside. */
export function fromConnectionError(error: unknown, from: string, to: string): RemoteMediaError {
  const what = `Connection ${from || 'input'} → ${to || 'results'}`;
  const nodeId = from || to || null;
  if (!isRemoteMediaError(error)) return fromChannelError(error, what, nodeId);
  if (error.nodeId !== null) return error;
  return new RemoteMediaError(error.code, `${what}: ${error.message}`, {
    nodeId,
    cause: error,
    details: error.details,
  });
}
