import {
  fromResourceLimits,
  RemoteMediaError,
  type ResolvedConfig,
  type RuntimeData,
  type wire,
} from '@remotemedia/contract';
import type { Allowance } from '../session/memory-watch.js';

/** What one call may use: what its caller allows it, within what the service allows every call. */
export interface CallLimits {
  /** Bytes of its processes together; null: any amount. */
  readonly memory: Allowance | null;
  /** Milliseconds from its begin to its end; null: any time. */
  readonly time: Allowance | null;
  /** Of one message; null: any number. */
  readonly maxAudioSamples: number | null;
  /** What was asked for and is not given. */
  readonly warnings: readonly string[];
}

/** The caps of the service. */
export type LimitCaps = Pick<ResolvedConfig['limits'], 'maxExecutionMs' | 'maxMemoryBytes'>;

export function readLimits(asked: wire.ResourceLimits | undefined, caps: LimitCaps): CallLimits {
  const { maxMemoryBytes, maxTimeoutMs, maxAudioSamples } = fromResourceLimits(asked);
  const memory = lesser(
    { allowed: maxMemoryBytes, setting: 'resource_limits.max_memory_bytes' },
    { allowed: caps.maxMemoryBytes, setting: 'limits.max_memory_bytes', unit: 'bytes' },
  );
  const time = lesser(
    { allowed: maxTimeoutMs, setting: 'resource_limits.max_timeout_ms' },
    { allowed: caps.maxExecutionMs, setting: 'limits.max_execution_secs', unit: 'ms' },
  );
  const warnings = [memory.warning, time.warning].filter((warning) => warning !== null);
  return { memory: memory.allowance, time: time.allowance, maxAudioSamples, warnings };
}

interface Side {
  readonly allowed: number | null;
  readonly setting: string;
}

function lesser(
  asked: Side,
  cap: Side & { readonly unit: string },
): { allowance: Allowance | null; warning: string | null } {
  const byCap = cap.allowed === null ? null : { allowed: cap.allowed, setting: cap.setting };
  if (asked.allowed === null) return { allowance: byCap, warning: null };
  if (byCap === null || asked.allowed <= byCap.allowed) {
    return { allowance: { allowed: asked.allowed, setting: asked.setting }, warning: null };
  }
  const warning = `${asked.setting} is ${asked.allowed}, but ${byCap.setting} allows ${byCap.allowed} ${cap.unit}, which is what counts`;
  return { allowance: byCap, warning };
}

/** @throws RemoteMediaError `limit.message_size` */
export function checkAudioSamples({ maxAudioSamples: allowed }: CallLimits, nodeId: string, data: RuntimeData): void {
  if (allowed === null || data.kind !== 'audio' || data.numSamples <= allowed) return;
  const setting = 'resource_limits.max_audio_samples';
  const text = `Input for node '${nodeId}' has ${data.numSamples} samples; ${setting} allows ${allowed}`;
  const details = { asked: data.numSamples, allowed, setting };
  throw new RemoteMediaError('limit.message_size', text, { nodeId, details });
}
