export {
  type ErrorCode,
  type ErrorDetails,
  isRemoteMediaError,
  type Metadata,
  RemoteMediaError,
  type RuntimeData,
  type SampleArray,
  type WavSampleFormat,
} from '@remotemedia/contract';
export { fromCallError } from './call-error.js';
export type { AccessOptions, TlsOptions } from './channel-credentials.js';
export {
  type CallOptions,
  type ClientOptions,
  connect,
  type ExecuteResult,
  type NodeOutput,
  RemoteMediaClient,
  type StreamOptions,
} from './client.js';
export {
  type ArrayOptions,
  type NumberArray,
  numpyFromArray,
  numpyToArray,
  type TensorArray,
  tensorFromArray,
  tensorToArray,
} from './data/arrays.js';
export {
  type AudioOptions,
  audioFromSamples,
  audioFromWav,
  audioToFloat32,
  audioToSamples,
  audioToWav,
} from './data/audio.js';
export { binaryFromBytes, jsonFromValue, jsonToValue, textFromString, textToString } from './data/documents.js';
export { loadSync } from './load-sync.js';
export type { Inputs, ManifestInput } from './manifest-input.js';
export { type Chunk, PipelineStream, type StreamEvent } from './pipeline-stream.js';
