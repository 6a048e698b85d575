export type { AccessOptions, TlsOptions } from './channel-credentials.js';
export {
  type CallOptions,
  type ClientOptions,
  type ExecuteResult,
  type NodeResultItem,
  RemoteMediaClient,
  type RunOptions,
} from './client.js';
export type { Inputs, ManifestInput } from './manifest-input.js';
export { type Chunk, PipelineStream, type StreamEvent } from './pipeline-stream.js';
