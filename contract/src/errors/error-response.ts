import { type ErrorResponse, ErrorType } from '../gen/remotemedia.js';
import { ERROR_TABLE, type ErrorCode, isErrorCode } from './codes.js';
import { type ErrorCause, type ErrorDetails, type Problem, RemoteMediaError } from './error.js';

/** The part of the details that has no field of its own on the wire: JSON in `ErrorResponse.context`. */
interface Context {
  problems?: { path: string; message: string; code: string; hint: string | null; node_id: string | null }[];
  stderr?: readonly string[];
  caused_by?: { code: string; node_id: string | null; message: string };
  log_id?: string;
  asked?: number;
  allowed?: number;
  setting?: string;
}

/** An error as the wire's message, whole. */
export function toErrorResponse(error: RemoteMediaError): ErrorResponse {
  const { details } = error;
  return {
    errorType: ErrorType[ERROR_TABLE[error.code].errorType],
    message: error.message,
    failingNodeId: error.nodeId ?? '',
    context: toContext(details),
    stackTrace: details.traceback ?? '',
    code: error.code,
    hint: error.hint ?? '',
    exitCode: details.exitCode,
    signal: details.signal ?? '',
    sequence: details.sequence,
  };
}

/** The wire's message as an error. One without a code (an older service) gets the nearest code of its class. */
export function fromErrorResponse(response: ErrorResponse): RemoteMediaError {
  const details: ErrorDetails = {
    ...fromContext(response.context),
    ...(response.stackTrace === '' ? {} : { traceback: response.stackTrace }),
    ...(response.exitCode === undefined ? {} : { exitCode: response.exitCode }),
    ...(response.signal === '' ? {} : { signal: response.signal }),
    ...(response.sequence === undefined ? {} : { sequence: response.sequence }),
  };
  return new RemoteMediaError(codeOf(response), response.message, {
    nodeId: response.failingNodeId === '' ? null : response.failingNodeId,
    hint: response.hint === '' ? null : response.hint,
    details,
  });
}

function codeOf(response: ErrorResponse): ErrorCode {
  if (isErrorCode(response.code)) {
    return response.code;
  }
  switch (response.errorType) {
    case ErrorType.VALIDATION:
      return 'manifest.invalid';
    case ErrorType.TYPE_VALIDATION:
      return 'manifest.type_mismatch';
    case ErrorType.NODE_EXECUTION:
      return 'node.failed';
    case ErrorType.RESOURCE_LIMIT:
      return 'limit.sessions';
    case ErrorType.AUTHENTICATION:
      return 'auth.denied';
    case ErrorType.VERSION_MISMATCH:
      return 'client.version_mismatch';
    default:
      return 'internal';
  }
}

function toContext(details: ErrorDetails): string {
  const { problems, stderr, causedBy, logId, asked, allowed, setting } = details;
  const context: Context = {
    ...(problems === undefined ? {} : { problems: problems.map(toContextProblem) }),
    ...(stderr === undefined ? {} : { stderr }),
    ...(causedBy === undefined
      ? {}
      : { caused_by: { code: causedBy.code, node_id: causedBy.nodeId, message: causedBy.message } }),
    ...(logId === undefined ? {} : { log_id: logId }),
    ...(asked === undefined ? {} : { asked }),
    ...(allowed === undefined ? {} : { allowed }),
    ...(setting === undefined ? {} : { setting }),
  };
  return Object.keys(context).length === 0 ? '' : JSON.stringify(context);
}

function toContextProblem({ path, message, code, hint, nodeId }: Problem) {
  return { path, message, code, hint, node_id: nodeId };
}

/** Reads a context leniently: it may come from another version, and a bad one must not hide the error it belongs to. */
function fromContext(text: string): ErrorDetails {
  const context = parseObject(text);
  const causedBy = toCause(context['caused_by']);
  const problems = toList(context['problems'], toProblem);
  const stderr = toList(context['stderr'], toText);
  const logId = toText(context['log_id']);
  const asked = toNumber(context['asked']);
  const allowed = toNumber(context['allowed']);
  const setting = toText(context['setting']);
  return {
    ...(problems === null ? {} : { problems }),
    ...(stderr === null ? {} : { stderr }),
    ...(causedBy === null ? {} : { causedBy }),
    ...(logId === null ? {} : { logId }),
    ...(asked === null ? {} : { asked }),
    ...(allowed === null ? {} : { allowed }),
    ...(setting === null ? {} : { setting }),
  };
}

function parseObject(text: string): Record<string, unknown> {
  try {
    return toObject(JSON.parse(text)) ?? {};
  } catch {
    return {};
  }
}

function toObject(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}

function toText(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function toNumber(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}

function toList<T>(value: unknown, convert: (item: unknown) => T | null): T[] | null {
  return Array.isArray(value) ? value.map(convert).filter((item) => item !== null) : null;
}

function toCode(value: unknown): ErrorCode {
  return typeof value === 'string' && isErrorCode(value) ? value : 'internal';
}

function toProblem(value: unknown): Problem | null {
  const item = toObject(value);
  return item === null
    ? null
    : {
        path: toText(item['path']) ?? '',
        message: toText(item['message']) ?? '',
        code: toCode(item['code']),
        hint: toText(item['hint']),
        nodeId: toText(item['node_id']),
      };
}

function toCause(value: unknown): ErrorCause | null {
  const item = toObject(value);
  return item === null
    ? null
    : { code: toCode(item['code']), nodeId: toText(item['node_id']), message: toText(item['message']) ?? '' };
}
