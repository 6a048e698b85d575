import { ERROR_TABLE, type ErrorCode } from './codes.js';
import { plainText } from './plain-text.js';

/** Most characters of an error's own texts: much of them can come from a client, a manifest or a node. */
const MESSAGE_LIMIT = 3000;
const HINT_LIMIT = 1000;
const NODE_ID_LIMIT = 200;

/** One thing that is wrong in a manifest or a configuration. */
export interface Problem {
  /** Where, for example `nodes[2].params.chunk_size`. */
  readonly path: string;
  /** What, in one sentence, without the path. */
  readonly message: string;
  /** The code this problem alone would end with. */
  readonly code: ErrorCode;
  /** What to change, when it is known. */
  readonly hint: string | null;
  /** The node it belongs to, when there is one. */
  readonly nodeId: string | null;
}

/** The first failure of a session, as later failures name it. */
export interface ErrorCause {
  readonly code: ErrorCode;
  readonly nodeId: string | null;
  readonly message: string;
}

/** Facts beside the message. A field is absent when the fact is not known. */
export interface ErrorDetails {
  /** The whole traceback of a Python exception, or the stack of a JavaScript one. */
  readonly traceback?: string;
  /** Last lines of a process's stderr, oldest first. */
  readonly stderr?: readonly string[];
  readonly exitCode?: number;
  /** Signal name, for example `SIGKILL`. */
  readonly signal?: string;
  /** Sequence of the message that was being worked on. */
  readonly sequence?: number;
  readonly problems?: readonly Problem[];
  /** Set on every failure that only followed from an earlier one. */
  readonly causedBy?: ErrorCause;
  /** Under this id the log has the whole error. */
  readonly logId?: string;
  /** What was asked for, of a limit. */
  readonly asked?: number;
  /** What the limit allows. */
  readonly allowed?: number;
  /** The setting's full name, for example `limits.max_sessions`. */
  readonly setting?: string;
}

export interface ErrorOptions {
  readonly nodeId?: string | null;
  /** Leave out to get the code's own hint; null for none. */
  readonly hint?: string | null;
  readonly details?: ErrorDetails;
  readonly cause?: unknown;
}

/** Not `instanceof`: two copies of this package may be loaded, and both make the same errors. */
const BRAND = Symbol.for('remotemedia.RemoteMediaError');

/**
 * The one error class. The message says what failed, for which node, with which facts; the hint says what to change.
 *
 * Message, hint and node id are made plain: one paragraph each, of bounded length, without control characters.
 */
export class RemoteMediaError extends Error {
  override readonly name = 'RemoteMediaError';
  readonly code: ErrorCode;
  readonly nodeId: string | null;
  readonly hint: string | null;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(plainText(message, MESSAGE_LIMIT), 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    const { nodeId = null, hint = ERROR_TABLE[code].hint } = options;
    this.nodeId = nodeId === null ? null : plainText(nodeId, NODE_ID_LIMIT);
    this.hint = hint === null ? null : plainText(hint, HINT_LIMIT);
    this.details = options.details ?? {};
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** Whether the same call may succeed later with nothing changed. */
  get retryable(): boolean {
    return ERROR_TABLE[this.code].retryable;
  }
}

export function isRemoteMediaError(value: unknown): value is RemoteMediaError {
  return value instanceof Error && BRAND in value;
}

/**
 * Makes any thrown value typed: ours stays as it is, everything else is a bug and becomes `internal`.
 *
 * @param logId the id under which the caller logs the original.
 */
export function toRemoteMediaError(value: unknown, logId: string): RemoteMediaError {
  if (isRemoteMediaError(value)) {
    return value;
  }
  const text = value instanceof Error ? value.message : String(value);
  const traceback = value instanceof Error ? value.stack : undefined;
  return new RemoteMediaError('internal', `Internal error ${logId}: ${text}`, {
    cause: value,
    details: traceback === undefined ? { logId } : { logId, traceback },
  });
}
