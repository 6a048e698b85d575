import type { ResourceLimits as WireResourceLimits } from '../gen/remotemedia.js';

/** Limits that a client sets for its own call; null for none. */
export interface ResourceLimits {
  readonly maxMemoryBytes: number | null;
  readonly maxTimeoutMs: number | null;
  readonly maxAudioSamples: number | null;
}

/** The wire's limits. 0 is none, and a number too large to be exact only means "very large". */
export function fromResourceLimits(limits: WireResourceLimits | undefined): ResourceLimits {
  return {
    maxMemoryBytes: toLimit(limits?.maxMemoryBytes),
    maxTimeoutMs: toLimit(limits?.maxTimeoutMs),
    maxAudioSamples: toLimit(limits?.maxAudioSamples),
  };
}

function toLimit(text = '0'): number | null {
  const limit = Number(text);
  return limit === 0 ? null : Math.min(limit, Number.MAX_SAFE_INTEGER);
}
