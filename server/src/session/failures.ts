import { randomBytes } from 'node:crypto';
import { type ErrorDetails, isRemoteMediaError, RemoteMediaError } from '@remotemedia/contract';

/** How long the failure behind a broken connection may take to show itself. */
export const ROOT_CAUSE_WAIT_MS = 1000;

/**
 * Whether an error only says that the other end of a connection is gone: whoever was there has failed, and its own error
 * tells more. The two come by different ways, so this one may come first.
 */
export function isBrokenConnection(error: RemoteMediaError): boolean {
  if (error.nodeId === null) return false;
  if (error.code === 'internal') return true;
  return isOfChannel(error);
}

/** The same failure, marked as following from an earlier one. */
export function causedBy(error: RemoteMediaError, cause: RemoteMediaError): RemoteMediaError {
  const { code, nodeId, message } = cause;
  return withDetails(error, { causedBy: { code, nodeId, message } });
}

/** The same failure with an id to find it by in the log. */
export function withLogId(error: RemoteMediaError): RemoteMediaError {
  return withDetails(error, { logId: newLogId() });
}

export function newLogId(): string {
  return randomBytes(6).toString('hex');
}

function withDetails(error: RemoteMediaError, more: ErrorDetails): RemoteMediaError {
  const { code, message, nodeId, hint, cause, details } = error;
  return new RemoteMediaError(code, message, { nodeId, hint, cause, details: { ...details, ...more } });
}

/** One line about a failure: code, node, message. */
export function describeFailure(error: unknown): string {
  if (!isRemoteMediaError(error)) return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return `[${error.code}] ${error.message}`;
}

function isOfChannel(error: RemoteMediaError): boolean {
  return error.code === 'node.failed' && /\bChannelError\b/.test(lastLine(error.details.traceback ?? ''));
}

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? '';
}
