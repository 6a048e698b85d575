import {
  fromResourceLimits,
  RemoteMediaError,
  type ResourceLimits,
  type RuntimeData,
  type wire,
} from '@remotemedia/contract';

/** What a caller allows its own call to use. */
export interface CallLimits extends ResourceLimits {
  /** Limits that were asked for and are not kept. */
  readonly warnings: readonly string[];
}

export function readLimits(limits: wire.ResourceLimits | undefined): CallLimits {
  const read = fromResourceLimits(limits);
  const warnings = read.maxMemoryBytes === null ? [] : ['resource_limits.max_memory_bytes is not enforced'];
  return { ...read, warnings };
}

/** @throws RemoteMediaError `limit.message_size` */
export function checkAudioSamples({ maxAudioSamples: allowed }: CallLimits, nodeId: string, data: RuntimeData): void {
  if (allowed === null || data.kind !== 'audio' || data.numSamples <= allowed) return;
  const setting = 'resource_limits.max_audio_samples';
  const text = `Input for node '${nodeId}' has ${data.numSamples} samples; ${setting} allows ${allowed}`;
  const details = { asked: data.numSamples, allowed, setting };
  throw new RemoteMediaError('limit.message_size', text, { nodeId, details });
}
