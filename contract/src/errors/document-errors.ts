import { ERROR_TABLE, type ErrorCode, type ErrorKind, GRPC_STATUS } from './codes.js';

/** What stands before the dot of a code. */
type Family = ErrorCode extends infer Code ? (Code extends `${infer Name}.${string}` ? Name : Code & string) : never;

/** What the codes of one family are about. */
const FAMILIES: Readonly<Record<Family, string>> = {
  manifest: 'The manifest has to change. Nothing was started for it, and all that is wrong with it is told at once.',
  config: '`runtime.toml` has to change.',
  limit:
    'A limit of the service, of the manifest or of the machine. The message has what was asked, what is allowed, and the setting.',
  engine:
    'The machine lacks what a node needs: a package, a program, weights. The message has every gap of the pipeline.',
  process:
    'A Python process did not start, or is gone. The details have its exit code or signal and the last lines of its stderr.',
  node: "A node's own code has failed. The details have the traceback.",
  input: 'Data that a client has sent.',
  frame: 'Data that a node process has sent.',
  stream: 'How a client uses a stream.',
  client: 'Client and service do not fit together.',
  auth: 'Who may call.',
  session: 'The session was ended from outside.',
  service: 'The service as a whole.',
  internal: 'A bug.',
};

/** The text of docs/reference/errors.md. */
export function renderErrorReference(): string {
  const kinds: [string, ErrorKind][] = Object.entries(ERROR_TABLE);
  return [
    '# Errors',
    '',
    'Made from the table of errors itself; do not edit.',
    '',
    'A call that fails ends with the gRPC status below. Its trailer `grpc-status-details-bin` is a `google.rpc.Status` with one',
    '`remotemedia.v1.ErrorResponse` in it: the code, the node, a hint, and what else is known. A stream sends that `ErrorResponse`',
    'whole, as its last message, and then ends with the status. In a status a long traceback is cut in its middle; the log has it',
    'whole under the id that stands in the cut.',
    '',
    '*Again* says whether the same call may succeed later with nothing changed. The hint is the one a client gets where the service',
    'knows no better one.',
    ...Object.entries(FAMILIES).flatMap(([family, text]) => [
      '',
      `## ${family}`,
      '',
      text,
      '',
      '| code | gRPC status | `error_type` | again | hint |',
      '|---|---|---|---|---|',
      ...kinds.filter(([code]) => familyOf(code) === family).map(renderRow),
    ]),
    '',
  ].join('\n');
}

function renderRow([code, { grpcStatus, errorType, retryable, hint }]: [string, ErrorKind]): string {
  const status = `${grpcStatus} (${GRPC_STATUS[grpcStatus]})`;
  return `| \`${code}\` | ${status} | \`ERROR_TYPE_${errorType}\` | ${retryable ? 'yes' : 'no'} | ${hint.replaceAll('|', '\\|')} |`;
}

function familyOf(code: string): string {
  return code.split('.')[0] ?? code;
}
