import type { ErrorCode, RemoteMediaError } from '@remotemedia/contract';

/** What the command's exit code says. Stable: scripts depend on it. */
export const EXIT = {
  ok: 0,
  pipelineFailed: 1,
  checkFailed: 1,
  usage: 2,
  manifestInvalid: 3,
  unavailable: 4,
  limit: 5,
  internal: 70,
  hungUp: 129,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The same, for people; docs/reference/cli.md is made from it. */
export const EXIT_MEANINGS: readonly (readonly [ExitCode, string])[] = [
  [EXIT.ok, 'done'],
  [
    EXIT.pipelineFailed,
    'the pipeline failed: a node, its process, or the time it was given; a check of `doctor` failed',
  ],
  [EXIT.usage, 'wrong usage: an argument, an input file, or runtime.toml'],
  [EXIT.manifestInvalid, 'the manifest is not valid'],
  [
    EXIT.unavailable,
    'the service cannot be reached or used: not running, draining, not set up, another version, no access',
  ],
  [EXIT.limit, 'a limit was met: processes, sessions, message size, memory, shared memory, file descriptors'],
  [EXIT.internal, 'a bug'],
  [EXIT.hungUp, 'ended by SIGHUP: its terminal was closed'],
  [EXIT.interrupted, 'interrupted (Ctrl-C)'],
  [EXIT.terminated, 'ended by SIGTERM'],
];

/** Codes whose group (the word before the dot) does not decide. */
const BY_CODE: Partial<Record<ErrorCode, ExitCode>> = {
  'session.cancelled': EXIT.interrupted,
};

const BY_GROUP: Readonly<Record<string, ExitCode>> = {
  auth: EXIT.unavailable,
  client: EXIT.unavailable,
  config: EXIT.usage,
  input: EXIT.usage,
  internal: EXIT.internal,
  limit: EXIT.limit,
  manifest: EXIT.manifestInvalid,
  service: EXIT.unavailable,
};

/** The exit code of a failure; everything that happens while a pipeline runs is a failed pipeline. */
export function exitCodeOf(error: RemoteMediaError): ExitCode {
  const group = error.code.split('.')[0] ?? '';
  return BY_CODE[error.code] ?? BY_GROUP[group] ?? EXIT.pipelineFailed;
}
