import { RemoteMediaError } from '@remotemedia/contract';

/** What a native node threw, as the error a client gets: its text in the message, its stack in the details. */
export function nodeFailure(nodeId: string, cause: unknown, sequence: number | null): RemoteMediaError {
  const text = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  const traceback = cause instanceof Error ? cause.stack : undefined;
  return new RemoteMediaError('node.failed', `Node '${nodeId}' failed: ${text}`, {
    nodeId,
    cause,
    details: { ...(traceback === undefined ? {} : { traceback }), ...(sequence === null ? {} : { sequence }) },
  });
}
