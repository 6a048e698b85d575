import { ErrorResponse } from '../gen/remotemedia.js';
import { Status } from '../gen/remotemedia-status.js';
import { type ErrorCode, GRPC_STATUS, grpcStatusOf } from './codes.js';
import { RemoteMediaError } from './error.js';
import { fromErrorResponse, toErrorResponse } from './error-response.js';

/** The trailer that carries the details; its value is a `google.rpc.Status`. */
export const STATUS_DETAILS_KEY = 'grpc-status-details-bin';

/** Most that message and details take in the trailers, as encoded. grpcio drops a whole status beyond 16 KiB. */
export const TRAILER_LIMIT_BYTES = 7 * 1024;

const TYPE_URL = 'type.googleapis.com/remotemedia.v1.ErrorResponse';
/** Of the message as encoded, where one character may take twelve bytes. */
const MESSAGE_LIMIT_BYTES = 1500;
const HINT_LIMIT = 400;
const LAST_STDERR_LINES = 5;

/** What a failed call ends with. */
export interface GrpcStatus {
  /** gRPC status number. */
  code: number;
  /** One paragraph. */
  message: string;
  /** Value of the trailer `grpc-status-details-bin`. */
  details: Uint8Array;
}

/**
 * An error as a call's final status. What does not fit the trailers is cut: the traceback in its middle, with its
 * length and, where the error has one, the id under which the log has it whole.
 */
export function toGrpcStatus(error: RemoteMediaError): GrpcStatus {
  const code = grpcStatusOf(error.code);
  const message = shortMessage(error.message);
  const whole: ErrorResponse = { ...toErrorResponse(error), message };
  const trace = whole.stackTrace;
  const withTrace = (kept: number): GrpcStatus => {
    const stackTrace = cutMiddle(trace, kept, error.details.logId ?? null);
    return { code, message, details: encodeDetails(code, { ...whole, stackTrace }) };
  };
  let status = withTrace(trace.length);
  if (fits(status)) {
    return status;
  }
  if (!fits(withTrace(0))) {
    whole.context = shortContext(error);
    whole.hint = cutEnd(whole.hint, HINT_LIMIT);
    if (!fits(withTrace(0))) {
      whole.context = '';
    }
    if (!fits(withTrace(0))) {
      whole.failingNodeId = cutEnd(whole.failingNodeId, HINT_LIMIT);
    }
  }
  status = withTrace(0);
  // The most characters of the traceback that fit: `low` always does, `high` never.
  let low = 0;
  let high = Math.min(trace.length, TRAILER_LIMIT_BYTES) + 1;
  while (high - low > 1) {
    const kept = Math.floor((low + high) / 2);
    const longer = withTrace(kept);
    if (fits(longer)) {
      low = kept;
      status = longer;
    } else {
      high = kept;
    }
  }
  return status;
}

/**
 * A call's final status as an error.
 *
 * @param details value of the trailer `grpc-status-details-bin`, or null when there was none: then the error was made
 *   by gRPC itself and gets the nearest code.
 */
export function fromGrpcStatus(code: number, message: string, details: Uint8Array | null): RemoteMediaError {
  const response = details === null ? null : decodeDetails(details);
  return response === null
    ? new RemoteMediaError(codeOfStatus(code), message, { hint: null })
    : fromErrorResponse(response);
}

function encodeDetails(code: number, response: ErrorResponse): Uint8Array {
  const value = ErrorResponse.encode(response).finish();
  return Status.encode({ code, message: response.message, details: [{ typeUrl: TYPE_URL, value }] }).finish();
}

/** Null for details of another kind or that cannot be read: they must not hide the status itself. */
function decodeDetails(details: Uint8Array): ErrorResponse | null {
  try {
    const detail = Status.decode(details).details.find(({ typeUrl }) => typeUrl === TYPE_URL);
    return detail === undefined ? null : ErrorResponse.decode(detail.value);
  } catch {
    return null;
  }
}

/** Text travels percent-encoded, details as base64. */
function fits({ message, details }: GrpcStatus): boolean {
  const percent = encodeURIComponent(message).length;
  return percent + Math.ceil(details.byteLength / 3) * 4 <= TRAILER_LIMIT_BYTES;
}

function shortContext(error: RemoteMediaError): string {
  const { stderr, problems, traceback: _, ...rest } = error.details;
  const details = {
    ...rest,
    ...(stderr === undefined ? {} : { stderr: stderr.slice(-LAST_STDERR_LINES).map((line) => cutEnd(line, 200)) }),
    ...(problems === undefined
      ? {}
      : {
          problems: problems.slice(0, 5).map((problem) => ({
            ...problem,
            path: cutEnd(problem.path, 100),
            message: cutEnd(problem.message, 200),
            hint: null,
          })),
        }),
  };
  return toErrorResponse(new RemoteMediaError(error.code, error.message, { details })).context;
}

/** A message short enough for the trailers. */
function shortMessage(message: string): string {
  let kept = '';
  let bytes = 0;
  for (const character of message) {
    bytes += encodeURIComponent(character).length;
    if (bytes > MESSAGE_LIMIT_BYTES) {
      return `${kept}…`;
    }
    kept += character;
  }
  return kept;
}

function cutEnd(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1)}…`;
}

/** Keeps a third at the start and the rest at the end, where a traceback says what it was. */
function cutMiddle(text: string, kept: number, logId: string | null): string {
  if (kept >= text.length) {
    return text;
  }
  const head = Math.floor(kept / 3);
  const where = logId === null ? '' : `; the log has it whole under ${logId}`;
  const note = `[... ${text.length - kept} of ${text.length} characters left out${where} ...]`;
  return `${text.slice(0, head)}\n${note}\n${text.slice(text.length - (kept - head))}`;
}

function codeOfStatus(status: number): ErrorCode {
  switch (status) {
    case GRPC_STATUS.CANCELLED:
      return 'session.cancelled';
    case GRPC_STATUS.INVALID_ARGUMENT:
      return 'input.invalid';
    case GRPC_STATUS.DEADLINE_EXCEEDED:
      return 'session.deadline';
    case GRPC_STATUS.RESOURCE_EXHAUSTED:
      return 'limit.message_size';
    case GRPC_STATUS.UNAUTHENTICATED:
      return 'auth.missing';
    case GRPC_STATUS.PERMISSION_DENIED:
      return 'auth.denied';
    case GRPC_STATUS.UNAVAILABLE:
      return 'service.unreachable';
    default:
      return 'internal';
  }
}
