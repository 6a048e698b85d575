/** What is said when a Python process fails: texts built from facts, and the facts beside them. */
import {
  type ErrorCode,
  type ErrorDetails,
  FORMAT_HINT,
  isErrorCode,
  type ProcessLine,
  RemoteMediaError,
} from '@remotemedia/contract';
import type { ChildExit } from './child-group.js';
import type { Unresponsive } from './response-watch.js';

type FailedLine = Extract<ProcessLine, { type: 'failed' }>;

/** Which process it is about, and the last lines it wrote to stderr (oldest first). */
export interface ProcessFacts {
  nodeId: string;
  nodeType: string;
  pid: number | null;
  stderr: readonly string[];
}

/** How long a start may take, and which layer of the settings says so. */
export interface InitLimit {
  timeoutMs: number;
  /** `default`, `runtime.toml` or `manifest`. */
  layer: string;
}

/** `exited with code 3`, `was killed by SIGKILL`, `could not be started: spawn …` */
export function describeExit(exit: ChildExit): string {
  if (exit.spawnError !== null) return `could not be started: ${exit.spawnError.message}`;
  if (exit.signal !== null) return `was killed by ${exit.signal}`;
  return `exited with code ${exit.exitCode}`;
}

/** It exited before it was ready. `spoke`: it had reported something before. */
export function exitedInStart(facts: ProcessFacts, exit: ChildExit, spoke: boolean): RemoteMediaError {
  const when = spoke ? 'before it was ready' : 'before it reported anything';
  const text = exit.spawnError === null ? `${describeExit(exit)} ${when}` : describeExit(exit);
  return processError(spoke ? 'process.init_failed' : 'process.spawn_failed', facts, {
    text: `The process of node '${facts.nodeId}' (${facts.nodeType}) ${text}${lastWords(facts)}`,
    details: exitDetails(exit),
  });
}

/** It exited, or was killed, after it was ready and without having been asked to. */
export function crashed(facts: ProcessFacts, exit: ChildExit): RemoteMediaError {
  return processError('process.crashed', facts, {
    text: `Process ${facts.pid} of node '${facts.nodeId}' ${describeExit(exit)}${lastWords(facts)}`,
    details: exitDetails(exit),
  });
}

/** It runs but can no longer be talked to; `fault` is a clause such as `closed its control pipe`. */
export function uncontrollable(facts: ProcessFacts, fault: string, ready: boolean): RemoteMediaError {
  return processError(ready ? 'process.crashed' : 'process.init_failed', facts, {
    text: `Process ${facts.pid} of node '${facts.nodeId}' ${fault}`,
    details: {},
  });
}

/** What the runner calls a call of `process` or `flush` that took longer than process_timeout_secs. */
const TIMEOUT_ERROR_TYPE = 'ProcessTimeout';

/**
 * Its own report: `process.init_failed` up to initialize(), then `node.failed`, or `process.unresponsive` of a hung one.
 * What the channel refused has the code of the refusal.
 */
export function reportedFailure(facts: ProcessFacts, failed: FailedLine): RemoteMediaError {
  const { phase, traceback, sequence } = failed;
  const code = codeOfReport(failed);
  const node = `Node '${facts.nodeId}' (${facts.nodeType})`;
  if (code === 'engine.missing') {
    // A traceback would only show where the SDK looked.
    const gaps = failed.message.replace(`${code}: `, '');
    return processError(code, facts, { text: `${node} lacks what it needs: ${gaps}`, details: {} });
  }
  if (code === 'input.invalid' && phase === 'process') {
    // The SDK's own check of the format of audio; its text names the node.
    const text = failed.message.replace(`${code}: `, '');
    const details = sequence === null ? {} : { sequence };
    return processError(code, facts, { text, details }, FORMAT_HINT);
  }
  const at = sequence === null ? '' : ` on message ${sequence}`;
  return processError(code, facts, {
    text: `${node} failed in ${phase}${at}: ${exceptionLine(failed)}`,
    details: { traceback, ...(sequence === null ? {} : { sequence }) },
  });
}

function codeOfReport({ phase, error_type: type }: FailedLine): ErrorCode {
  // The channel names its errors by the code, such as limit.message_size; a node's own are named by their class.
  if (isErrorCode(type)) return type;
  if (phase === 'import' || phase === 'configure' || phase === 'initialize') return 'process.init_failed';
  return type === TIMEOUT_ERROR_TYPE ? 'process.unresponsive' : 'node.failed';
}

/** `progress` is a clause that says how far it had come. */
export function initTimeout(facts: ProcessFacts, limit: InitLimit, progress: string): RemoteMediaError {
  const seconds = limit.timeoutMs / 1000;
  const text = `Process spawn timeout: node '${facts.nodeId}' (${facts.nodeType}) was not ready after ${seconds} s`;
  const setting = `init_timeout_secs is ${seconds} (${limit.layer}): increase init_timeout_secs if it needs longer`;
  return processError('process.init_timeout', facts, {
    text: `${text} (${progress}); ${setting}${lastWords(facts)}`,
    details: { setting: 'init_timeout_secs', allowed: seconds },
  });
}

/** It did not come back from `process` or `flush` in time, or does not answer at all; its own report of that did not come. */
export function unresponsive(facts: ProcessFacts, limitMs: number, why: Unresponsive): RemoteMediaError {
  const subject = `Process ${facts.pid} of node '${facts.nodeId}' (${facts.nodeType})`;
  const setting = { setting: 'process_timeout_secs', allowed: limitMs / 1000 };
  if (why.kind === 'silent') {
    const text = `${subject} gives no sign of life for ${why.silentMs / 1000} s: it is stopped, or the machine gives it no time`;
    return processError('process.unresponsive', facts, { text, details: setting });
  }
  const { busyMs, hook, sequence } = why;
  const at = sequence === null ? '' : ` on message ${sequence}`;
  const text =
    `${subject} has been in ${hook}() for ${(busyMs / 1000).toFixed(1)} s${at}, holding the interpreter ` +
    `(process_timeout_secs is ${limitMs / 1000})`;
  return processError('process.unresponsive', facts, {
    text,
    details: { ...setting, ...(sequence === null ? {} : { sequence }) },
  });
}

/** The wait for a start was given up from outside; the reason an abort was given goes along as the cause. */
export function startCancelled(nodeId: string, cause: unknown): RemoteMediaError {
  return new RemoteMediaError('session.cancelled', `The start of node '${nodeId}' was cancelled`, { nodeId, cause });
}

/** The last line of a traceback names the exception already; a bare message does not. */
function exceptionLine(failed: FailedLine): string {
  const { error_type: type, message } = failed;
  if (type === '' || message.startsWith(type)) return message;
  return message === '' ? type : `${type}: ${message}`;
}

function exitDetails(exit: ChildExit): ErrorDetails {
  return {
    ...(exit.exitCode === null ? {} : { exitCode: exit.exitCode }),
    ...(exit.signal === null ? {} : { signal: exit.signal }),
  };
}

/** What the interpreter prints first of all when a signal ends it. */
const FATAL = /^Fatal Python error: /;

function lastWords({ stderr }: ProcessFacts): string {
  const fatal = stderr.findLast((candidate) => FATAL.test(candidate));
  const line = fatal ?? stderr.findLast((candidate) => candidate.trim() !== '');
  if (line === undefined) return '';
  return fatal === undefined ? `; last line on stderr: ${line.trim()}` : `; on stderr: ${line.trim()}`;
}

function processError(
  code: ErrorCode,
  facts: ProcessFacts,
  content: { text: string; details: ErrorDetails },
  hint?: string,
): RemoteMediaError {
  const details = { ...content.details, ...(facts.stderr.length === 0 ? {} : { stderr: facts.stderr }) };
  return new RemoteMediaError(code, content.text, {
    nodeId: facts.nodeId,
    details,
    ...(hint === undefined ? {} : { hint }),
  });
}
