/**
 * Every way something can fail, as one table.
 *
 *   manifest  .invalid .unknown_node_type .cycle .duplicate_id .type_mismatch .bad_params   the manifest must change
 *   config    .invalid                                                                      runtime.toml must change
 *   limit     .processes .sessions .message_size .shared_memory .memory .file_descriptors   a limit of the service
 *   engine    .missing                                                                      what a node needs is not there
 *   process   .spawn_failed .init_failed .init_timeout .crashed .unresponsive               a Python process
 *   node      .failed                                                                       a node's own code
 *   input     .invalid                                                                      data that a client sent
 *   frame     .invalid                                                                      data that a process sent
 *   stream    .init_required .bad_sequence .unknown_node .stalled                           the client's use of a stream
 *   client    .version_mismatch                                                             client and service do not fit
 *   auth      .missing .denied                                                              who may call
 *   session   .cancelled .deadline                                                          ended from outside
 *   service   .draining .unreachable                                                        the service as a whole
 *   internal                                                                                a bug
 */

import type { ErrorType } from '../gen/remotemedia.js';

/** gRPC status numbers. */
export const GRPC_STATUS = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;

export type GrpcStatusName = keyof typeof GRPC_STATUS;

/** `ErrorType` of the wire, by name. */
export type ErrorTypeName = keyof typeof ErrorType;

/** What one code means to a caller. */
export interface ErrorKind {
  /** The gRPC status a call ends with. */
  readonly grpcStatus: GrpcStatusName;
  /** The wire's coarse class, which older clients read. */
  readonly errorType: ErrorTypeName;
  /** Whether the same call may succeed later with nothing changed. */
  readonly retryable: boolean;
  /** What to change, where no better hint is at hand. */
  readonly hint: string;
}

export const ERROR_TABLE = {
  'manifest.invalid': {
    grpcStatus: 'INVALID_ARGUMENT',
    errorType: 'VALIDATION',
    retryable: false,
    hint: 'Correct the manifest at the paths given; `remotemedia validate MANIFEST` checks it without running it.',
  },
  'manifest.unknown_node_type': {
    grpcStatus: 'INVALID_ARGUMENT',
    errorType: 'VALIDATION',
    retryable: false,
    hint: 'Check the spelling with `remotemedia nodes list`; a Python node must be registered in a module that runtime.toml names or finds through extra_paths.',
  },
  'manifest.cycle': {
    grpcStatus: 'INVALID_ARGUMENT',
    errorType: 'VALIDATION',
    retryable: false,
    hint: 'Remove one connection of the cycle: data must not come back to a node it has left.',
  },
  'manifest.duplicate_id': {
    grpcStatus: 'INVALID_ARGUMENT',
    errorType: 'VALIDATION',
    retryable: false,
    hint: 'Give every node an id of its own.',
  },
  'manifest.type_mismatch': {
    grpcStatus: 'INVALID_ARGUMENT',
    errorType: 'TYPE_VALIDATION',
    retryable: false,
    hint: 'Put a node between the two that turns the one kind of data into the other.',
  },
  'manifest.bad_params': {
    grpcStatus: 'INVALID_ARGUMENT',
    errorType: 'VALIDATION',
    retryable: false,
    hint: 'See the parameters of a node type with `remotemedia nodes info TYPE`.',
  },
  'config.invalid': {
    grpcStatus: 'FAILED_PRECONDITION',
    errorType: 'VALIDATION',
    retryable: false,
    hint: 'Correct runtime.toml; `remotemedia config explain` prints every value and where it comes from.',
  },
  'limit.processes': {
    grpcStatus: 'RESOURCE_EXHAUSTED',
    errorType: 'RESOURCE_LIMIT',
    retryable: true,
    hint: 'Use fewer Python nodes, wait for other sessions to end, or raise the limit that the message names.',
  },
  'limit.sessions': {
    grpcStatus: 'RESOURCE_EXHAUSTED',
    errorType: 'RESOURCE_LIMIT',
    retryable: true,
    hint: 'Wait for a session to end, or raise limits.max_sessions in runtime.toml.',
  },
  'limit.message_size': {
    grpcStatus: 'RESOURCE_EXHAUSTED',
    errorType: 'RESOURCE_LIMIT',
    retryable: false,
    hint: 'Send smaller pieces, or raise the setting that the message names.',
  },
  'limit.shared_memory': {
    grpcStatus: 'RESOURCE_EXHAUSTED',
    errorType: 'RESOURCE_LIMIT',
    retryable: true,
    hint: 'Free or enlarge /dev/shm, or lower shm_segment_size or channel_capacity.',
  },
  'limit.memory': {
    grpcStatus: 'RESOURCE_EXHAUSTED',
    errorType: 'RESOURCE_LIMIT',
    retryable: false,
    hint: 'Allow the call more memory (resource_limits.max_memory_bytes, capped by limits.max_memory_bytes), or use a smaller model.',
  },
  'limit.file_descriptors': {
    grpcStatus: 'RESOURCE_EXHAUSTED',
    errorType: 'RESOURCE_LIMIT',
    retryable: true,
    hint: 'Wait for other sessions to end, or start the service with a higher limit of open files (ulimit -n).',
  },
  'engine.missing': {
    grpcStatus: 'FAILED_PRECONDITION',
    errorType: 'NODE_EXECUTION',
    retryable: false,
    hint: 'Install what the message names; `remotemedia nodes info TYPE` shows what a node needs.',
  },
  'process.spawn_failed': {
    grpcStatus: 'FAILED_PRECONDITION',
    errorType: 'NODE_EXECUTION',
    retryable: false,
    hint: 'Check multiprocess.python.executable and venv_path in runtime.toml, and that the interpreter can import remotemedia.',
  },
  'process.init_failed': {
    grpcStatus: 'FAILED_PRECONDITION',
    errorType: 'NODE_EXECUTION',
    retryable: false,
    hint: 'The node raised before it was ready; its traceback is in the details.',
  },
  'process.init_timeout': {
    grpcStatus: 'DEADLINE_EXCEEDED',
    errorType: 'NODE_EXECUTION',
    retryable: true,
    hint: 'If the node needs longer to start, increase init_timeout_secs in the manifest (metadata.multiprocess) or in runtime.toml.',
  },
  'process.crashed': {
    grpcStatus: 'ABORTED',
    errorType: 'NODE_EXECUTION',
    retryable: true,
    hint: 'Read the exit code or signal and the last lines of stderr; SIGKILL often means that the machine ran out of memory.',
  },
  'process.unresponsive': {
    grpcStatus: 'ABORTED',
    errorType: 'NODE_EXECUTION',
    retryable: true,
    hint: 'If one message, or flush(), may take this long, raise process_timeout_secs.',
  },
  'node.failed': {
    grpcStatus: 'ABORTED',
    errorType: 'NODE_EXECUTION',
    retryable: false,
    hint: 'The node raised while it worked; its traceback is in the details.',
  },
  'input.invalid': {
    grpcStatus: 'INVALID_ARGUMENT',
    errorType: 'VALIDATION',
    retryable: false,
    hint: 'Correct the data that was sent.',
  },
  'frame.invalid': {
    grpcStatus: 'INTERNAL',
    errorType: 'INTERNAL',
    retryable: false,
    hint: 'A process wrote a frame that cannot be read; check that the Python package and the service have the same version.',
  },
  'stream.init_required': {
    grpcStatus: 'INVALID_ARGUMENT',
    errorType: 'VALIDATION',
    retryable: false,
    hint: 'Send `init` once, as the first message of the stream.',
  },
  'stream.bad_sequence': {
    grpcStatus: 'INVALID_ARGUMENT',
    errorType: 'VALIDATION',
    retryable: false,
    hint: 'Number the chunks of a stream upwards; gaps are allowed.',
  },
  'stream.unknown_node': {
    grpcStatus: 'INVALID_ARGUMENT',
    errorType: 'VALIDATION',
    retryable: false,
    hint: "Send chunks to an id of the manifest's nodes.",
  },
  'stream.stalled': {
    grpcStatus: 'DEADLINE_EXCEEDED',
    errorType: 'RESOURCE_LIMIT',
    retryable: false,
    hint: 'Read results while sending chunks: a client that does not read stops the pipeline.',
  },
  'client.version_mismatch': {
    grpcStatus: 'FAILED_PRECONDITION',
    errorType: 'VERSION_MISMATCH',
    retryable: false,
    hint: 'Use a client of protocol v1, or leave client_version empty.',
  },
  'auth.missing': {
    grpcStatus: 'UNAUTHENTICATED',
    errorType: 'AUTHENTICATION',
    retryable: false,
    hint: 'Send the token that the service was started with.',
  },
  'auth.denied': {
    grpcStatus: 'PERMISSION_DENIED',
    errorType: 'AUTHENTICATION',
    retryable: false,
    hint: 'The caller is known but may not do this.',
  },
  'session.cancelled': {
    grpcStatus: 'CANCELLED',
    errorType: 'UNSPECIFIED',
    retryable: false,
    hint: 'The session was cancelled by its client.',
  },
  'session.deadline': {
    grpcStatus: 'DEADLINE_EXCEEDED',
    errorType: 'RESOURCE_LIMIT',
    retryable: false,
    hint: 'Give the call a later deadline, or a larger resource_limits.max_timeout_ms.',
  },
  'service.draining': {
    grpcStatus: 'UNAVAILABLE',
    errorType: 'RESOURCE_LIMIT',
    retryable: true,
    hint: 'The service is shutting down; call again or call another one.',
  },
  'service.unreachable': {
    grpcStatus: 'UNAVAILABLE',
    errorType: 'INTERNAL',
    retryable: true,
    hint: 'Check the address and that `remotemedia serve` is running there.',
  },
  internal: {
    grpcStatus: 'INTERNAL',
    errorType: 'INTERNAL',
    retryable: false,
    hint: 'This is a bug in the service; its log has the whole error under the id in the message.',
  },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERROR_TABLE;

/** Whether a text is one of the codes above. */
export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERROR_TABLE, text);
}

/** The gRPC status number that a code ends a call with. */
export function grpcStatusOf(code: ErrorCode): number {
  return GRPC_STATUS[ERROR_TABLE[code].grpcStatus];
}
