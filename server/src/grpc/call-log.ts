import type { Metadata } from '@grpc/grpc-js';
import type { RemoteMediaError } from '@remotemedia/contract';
import type { Logger, LogScope } from '../observe/logger.js';
import { describeFailure } from '../session/failures.js';

const MAX_ID_LENGTH = 128;
/** What a client calls its request is quoted in every line: only what looks like an id. */
const FOREIGN = /[^\w.:/+=@-]/g;
/** https://www.w3.org/TR/trace-context: version, trace id, id of the caller's span, flags. */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}(?:-|$)/;

/** A logger whose lines name the call as its client does: by `x-request-id`, and by its place in a trace (`traceparent`). */
export function callLogger(log: Logger, metadata: Metadata): Logger {
  const scope: LogScope = { ...readRequestId(metadata), ...readTrace(metadata) };
  return Object.keys(scope).length === 0 ? log : log.child(scope);
}

/** A call that ended before it had a session, which would have logged its own end. */
export function logRefusal(log: Logger, method: string, error: RemoteMediaError): void {
  if (error.code === 'session.cancelled') return;
  log.info(`${method} refused: ${describeFailure(error)}`, { code: error.code });
}

function readRequestId(metadata: Metadata): LogScope {
  const id = first(metadata, 'x-request-id')?.slice(0, MAX_ID_LENGTH).replace(FOREIGN, '_');
  return id === undefined || id === '' ? {} : { request_id: id };
}

function readTrace(metadata: Metadata): LogScope {
  const [, trace, span] = TRACEPARENT.exec(first(metadata, 'traceparent')?.slice(0, MAX_ID_LENGTH) ?? '') ?? [];
  return trace === undefined || span === undefined ? {} : { trace_id: trace, span_id: span };
}

function first(metadata: Metadata, key: string): string | undefined {
  const [value] = metadata.get(key);
  return typeof value === 'string' ? value : undefined;
}
