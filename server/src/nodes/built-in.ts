import { audioChunker } from './audio-chunker.js';
import { audioFileSink } from './audio-file-sink.js';
import { audioFileSource } from './audio-file-source.js';
import { channelMix } from './channel-mix.js';
import { energyVadGate } from './energy-vad-gate.js';
import { passThrough } from './pass-through.js';
import { NodeRegistry } from './registry.js';
import { resample } from './resample.js';
import { sileroVad } from './silero-vad.js';

/** A registry with the node types that the service itself has. */
export function builtInRegistry(): NodeRegistry {
  const registry = new NodeRegistry();
  const definitions = [
    audioChunker,
    audioFileSink,
    audioFileSource,
    channelMix,
    energyVadGate,
    passThrough,
    resample,
    sileroVad,
  ];
  for (const definition of definitions) registry.register(definition);
  return registry;
}
