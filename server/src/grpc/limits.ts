import { RemoteMediaError, type RuntimeData, type wire } from '@remotemedia/contract';

/** `ResourceLimits` of a request; 0: no limit. */
export interface CallLimits {
  readonly maxTimeoutMs: number;
  readonly maxAudioSamples: number;
  readonly warnings: readonly string[];
}

/** Reads what a caller allows its own call to use. */
export function readLimits(limits: wire.ResourceLimits | undefined): CallLimits {
  if (limits === undefined) return { maxTimeoutMs: 0, maxAudioSamples: 0, warnings: [] };
  const isUnheard = limits.maxMemoryBytes !== '' && limits.maxMemoryBytes !== '0';
  return {
    maxTimeoutMs: Number(limits.maxTimeoutMs),
    maxAudioSamples: Number(limits.maxAudioSamples),
    warnings: isUnheard ? ['resource_limits.max_memory_bytes is not enforced'] : [],
  };
}

/** @throws RemoteMediaError `limit.message_size` */
export function checkAudioSamples(limits: CallLimits, nodeId: string, data: RuntimeData): void {
  if (limits.maxAudioSamples === 0 || data.kind !== 'audio' || data.numSamples <= limits.maxAudioSamples) return;
  const text = `Input for node '${nodeId}' has ${data.numSamples} samples; resource_limits.max_audio_samples allows ${limits.maxAudioSamples}`;
  const details = {
    asked: data.numSamples,
    allowed: limits.maxAudioSamples,
    setting: 'resource_limits.max_audio_samples',
  };
  throw new RemoteMediaError('limit.message_size', text, { nodeId, details });
}
