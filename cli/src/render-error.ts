import { isRemoteMediaError, type Problem, type RemoteMediaError } from '@remotemedia/contract';
import { EXIT, type ExitCode, exitCodeOf } from './exit-codes.js';
import { withSnakeKeys } from './snake-case.js';
import { UsageError } from './usage-error.js';

/** A failure in the three forms that the command needs. */
export interface RenderedError {
  readonly exitCode: ExitCode;
  /** What failed, why, how to fix it; several lines, without a line break at the end. */
  readonly text: string;
  /** The same facts for `--json`. */
  readonly json: Readonly<Record<string, unknown>>;
}

/** The one place where a failure becomes text. */
export function renderError(error: unknown): RenderedError {
  if (isRemoteMediaError(error)) return renderRemoteMediaError(error);
  if (error instanceof UsageError) return renderUsageError(error);
  return renderBug(error);
}

function renderRemoteMediaError(error: RemoteMediaError): RenderedError {
  const exitCode = exitCodeOf(error);
  const { problems = [], traceback, stderr = [], causedBy, logId } = error.details;
  const [message = '', ...more] = headline(error, problems).split('\n');
  const node = error.nodeId !== null && !message.includes(error.nodeId) ? `node ${error.nodeId}: ` : '';
  const lines = [
    `error: ${node}${message}`,
    ...indented(more.join('\n')),
    ...(problems.length > 1 ? problems.map(problemLine) : []),
    ...(causedBy === undefined ? [] : [`  caused by: ${causedBy.message}`]),
    ...quoted('traceback', traceback?.trimEnd() ?? ''),
    ...quoted('last lines of stderr', stderr.join('\n')),
    ...fixes(error, problems).map((fix) => `  fix: ${fix}`),
    ...(logId === undefined ? [] : [`  log id: ${logId}`]),
    `  code: ${error.code}`,
  ];
  return {
    exitCode,
    text: lines.join('\n'),
    json: {
      code: error.code,
      message: error.message,
      node_id: error.nodeId,
      hint: error.hint,
      retryable: error.retryable,
      details: withSnakeKeys(error.details),
      exit_code: exitCode,
    },
  };
}

/** The message of several problems is one long paragraph; here each gets a line of its own below the headline. */
function headline({ message }: RemoteMediaError, problems: readonly Problem[]): string {
  if (problems.length < 2) return message;
  const title = message.slice(0, Math.max(0, message.indexOf(':')));
  return `${title}: ${problems.length} problems`;
}

function problemLine({ path, message }: Problem): string {
  return path === '' ? `  ${message}` : `  ${path}: ${message}`;
}

/** Every hint once: ten problems of one kind need one. */
function fixes(error: RemoteMediaError, problems: readonly Problem[]): string[] {
  const hints = problems.map(({ hint }) => hint);
  const known = hints.length > 0 && hints.every((hint) => hint !== null) ? hints : [...hints, error.hint];
  return [...new Set(known.filter((hint) => hint !== null))];
}

function quoted(title: string, text: string): string[] {
  return text === '' ? [] : [`  ${title}:`, ...indented(text, '    ')];
}

function indented(text: string, by = '  '): string[] {
  return text === '' ? [] : text.split('\n').map((line) => `${by}${line}`);
}

function renderUsageError({ message, hint }: UsageError): RenderedError {
  return {
    exitCode: EXIT.usage,
    text: hint === null ? `error: ${message}` : `error: ${message}\n  fix: ${hint}`,
    json: { code: 'usage', message, node_id: null, hint, retryable: false, details: {}, exit_code: EXIT.usage },
  };
}

function renderBug(error: unknown): RenderedError {
  const message = error instanceof Error ? error.message : String(error);
  const trace = error instanceof Error ? (error.stack ?? '') : '';
  const lines = [
    `error: ${message}`,
    '  why: this is a bug in remotemedia, not something you did',
    ...quoted('where', trace),
  ];
  return {
    exitCode: EXIT.internal,
    text: lines.join('\n'),
    json: {
      code: 'internal',
      message,
      node_id: null,
      hint: null,
      retryable: false,
      details: { traceback: trace },
      exit_code: EXIT.internal,
    },
  };
}
