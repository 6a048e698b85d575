import { z } from 'zod';
import { DATA_KINDS } from '../frame/kinds.js';

/**
 * The control lines between the service and one Python process: the whole protocol on one screen.
 *
 * One JSON object per line on the process's descriptor 3, in both directions. Field names are those of the lines.
 */

const count = z.int().nonnegative();
const kinds = z.array(z.enum(DATA_KINDS));

/** Levels of a log line. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;

// ---- service → process ----------------------------------------------------------------------------------------------

/** First line: everything the process needs to open its channels and make its node. */
const configure = z.object({
  type: z.literal('configure'),
  session_id: z.string(),
  node_id: z.string(),
  node_type: z.string(),
  params: z.record(z.string(), z.unknown()),
  /** The module that registers the node type, where discovery found it; null to search all of them. */
  module: z.string().nullable(),
  /** Directories whose Python files are imported for node classes. */
  module_paths: z.array(z.string()),
  /** Modules that are imported for node classes. */
  modules: z.array(z.string()),
  /** Root directory and name prefix of the session's channel. */
  root: z.string(),
  prefix: z.string(),
  /** The process's own inbox. */
  inbox: count,
  /** `from` is a node id, or empty for input from outside. */
  inputs: z.array(z.object({ edge: count, from: z.string() })),
  /** `to` is a node id, or empty for results. `kinds` are those that the edge carries; null or left out: all. */
  outputs: z.array(z.object({ edge: count, to: z.string(), kinds: kinds.nullable().optional() })),
  /** Longest time that one call of `process` or `flush` may take; null for no limit. */
  process_timeout_ms: z.number().positive().nullable(),
  log_level: z.enum(LOG_LEVELS),
});

/** `normal`: run `cleanup()` and exit 0. `abort`: the same without waiting for what is in flight. */
const stop = z.object({ type: z.literal('stop'), mode: z.enum(['normal', 'abort']) });

/** Answered by the process's native thread, even while Python code runs. */
const ping = z.object({ type: z.literal('ping'), id: count });

export const serviceLine = z.discriminatedUnion('type', [configure, stop, ping]);

// ---- process → service ----------------------------------------------------------------------------------------------

const progress = z.object({
  type: z.literal('progress'),
  status: z.enum(['starting', 'loading_model', 'ready', 'error']),
  fraction: z.number().min(0).max(1).nullable(),
  message: z.string(),
});

/** Both ends of every connection of this process are open. */
const wired = z.object({ type: z.literal('wired') });

/** `initialize()` has returned. */
const ready = z.object({
  type: z.literal('ready'),
  input_types: kinds.nullable().optional(),
  output_types: kinds.nullable().optional(),
});

const failed = z.object({
  type: z.literal('failed'),
  phase: z.enum(['import', 'configure', 'initialize', 'process', 'flush', 'cleanup']),
  error_type: z.string(),
  /** Last line of the traceback. */
  message: z.string(),
  traceback: z.string(),
  /** Of the message that was being worked on. */
  sequence: count.nullable(),
});

/** Once per episode of backpressure. */
const full = z.object({ type: z.literal('full'), edge: count, to: z.string() });

/** Once per episode of messages that were dropped on an input, where backpressure is off. */
const dropping = z.object({ type: z.literal('dropping'), edge: count, from: z.string() });

const log = z.object({ type: z.literal('log'), level: z.enum(LOG_LEVELS), message: z.string() });

/** All inputs have ended, `flush()` is done, and the end was taken on every output. */
const ended = z.object({
  type: z.literal('ended'),
  items_in: count,
  items_out: count,
  /** How many of them there were of each kind. */
  output_kinds: z.partialRecord(z.enum(DATA_KINDS), count).optional(),
  /** Outputs that no edge carries, by their kinds; they are not among `items_out`. */
  left_out: z.partialRecord(z.enum(DATA_KINDS), count).optional(),
  /** Time spent in the node's own code. */
  process_ms: z.number().nonnegative(),
  /** Wake-ups that only the safety check found. Must be 0. */
  rescues: count,
});

/**
 * `busy_ms` and `phase` while the node is in `process` or `flush`, where the time for that is limited; `sequence` is that of
 * the message in `process`.
 */
const pong = z.object({
  type: z.literal('pong'),
  id: count,
  busy_ms: count.optional(),
  phase: z.enum(['process', 'flush']).optional(),
  sequence: count.optional(),
});

export const processLine = z.discriminatedUnion('type', [
  progress,
  wired,
  ready,
  failed,
  full,
  dropping,
  log,
  ended,
  pong,
]);

/** What the service says to a process. */
export type ServiceLine = z.infer<typeof serviceLine>;
/** What a process says to the service. */
export type ProcessLine = z.infer<typeof processLine>;
