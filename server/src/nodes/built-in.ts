import { audioBufferAccumulator } from './audio-buffer-accumulator.js';
import { audioChunker } from './audio-chunker.js';
import { audioFileSink } from './audio-file-sink.js';
import { audioFileSource, mediaReader } from './audio-file-source.js';
import { audioOutput } from './audio-output.js';
import { channelMix } from './channel-mix.js';
import { energyVadGate } from './energy-vad-gate.js';
import { formatConverter } from './format-converter.js';
import { passThrough } from './pass-through.js';
import { NodeRegistry } from './registry.js';
import { resample } from './resample.js';
import { sileroVad } from './silero-vad.js';
import { textCollector } from './text-collector.js';
import { textRule } from './text-rule.js';

/** A registry with the node types that the service itself has. */
export function builtInRegistry(): NodeRegistry {
  const registry = new NodeRegistry();
  const definitions = [
    audioBufferAccumulator,
    audioChunker,
    audioFileSink,
    audioFileSource,
    audioOutput,
    channelMix,
    energyVadGate,
    formatConverter,
    mediaReader,
    passThrough,
    resample,
    sileroVad,
    textCollector,
    textRule,
  ];
  for (const definition of definitions) registry.register(definition);
  return registry;
}
