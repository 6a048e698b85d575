import type { Logger } from '../observe/logger.js';
import type { Pipelines } from '../session/pipelines.js';
import type { LimitCaps } from './limits.js';

/** What every handler works with. */
export interface CallContext {
  readonly pipelines: Pipelines;
  readonly log: Logger;
  readonly version: {
    /** Version of this package. */
    readonly runtime: string;
    /** When it was compiled, ISO 8601. */
    readonly builtAt: string;
  };
  /** Media bytes that one answer may hold. */
  readonly maxMessageBytes: number;
  /** A client that has not read for this long is given up. */
  readonly stallTimeoutMs: number;
  /** Between two reports of metrics to a streaming client; null: there are none. */
  readonly metricsIntervalMs: number | null;
  /** What every call has to keep to, whatever it asks for. */
  readonly caps: LimitCaps;
}
