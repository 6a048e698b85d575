export {
  type ConnectionStatus,
  type NodeStatus,
  parseServiceStatus,
  type ServiceStatus,
  type SessionStatus,
} from './admin/status.js';
export { type AudioFormatSpec, FORMAT_HINT, SAMPLE_FORMAT_NAMES, type SampleFormatName } from './audio/format-spec.js';
export {
  AUDIO_FORMAT,
  bytesPerSample,
  convertSamples,
  FULL_SCALE,
  fromFloat32,
  isSampleFormat,
  type SampleArray,
  type SampleFormat,
  toFloat32,
  viewSamples,
} from './audio/sample-format.js';
export {
  MAX_WAV_DATA_BYTES,
  makeWavHeader,
  type ReadableFile,
  readWavLayout,
  WavError,
  type WavFormat,
  type WavLayout,
  wavFrameBytes,
  wavLayoutOf,
} from './audio/wav-format.js';
export { formatOfWav, fromWavBytes, toWavBytes, type WavSampleFormat, wavEncoding } from './audio/wav-samples.js';
export { allSettings, type ExplainedSetting, explainConfig } from './config/explain-config.js';
export type { MultiprocessOverrides } from './config/multiprocess.js';
export { type ConfigLayers, resolveConfig } from './config/resolve-config.js';
export type { ConfigLayer, NodePythonConfig, ResolvedConfig } from './config/resolved-config.js';
export { checkRuntimeToml, parseRuntimeToml, type RuntimeToml } from './config/runtime-toml.js';
export type { Setting, SettingUnit, SettingValue } from './config/setting.js';
export { SETTING_NAMES, type SettingName } from './config/settings.js';
export { parseTokens, type TokenEntry } from './config/tokens.js';
export {
  encodeControl,
  type ParsedLine,
  parseProbeReport,
  parseProcessLine,
  parseServiceLine,
} from './control/codec.js';
export { LOG_LEVELS, type ProcessLine, type ServiceLine } from './control/lines.js';
export type { Engine, Gap, ProbeReport, ProbeRequest, Requirements } from './control/probe.js';
export {
  ERROR_TABLE,
  type ErrorCode,
  type ErrorKind,
  type ErrorTypeName,
  GRPC_STATUS,
  type GrpcStatusName,
  grpcStatusOf,
  isErrorCode,
} from './errors/codes.js';
export {
  type ErrorCause,
  type ErrorDetails,
  type ErrorOptions,
  isRemoteMediaError,
  type Problem,
  RemoteMediaError,
  toRemoteMediaError,
} from './errors/error.js';
export { fromErrorResponse, toErrorResponse } from './errors/error-response.js';
export {
  fromGrpcStatus,
  type GrpcStatus,
  STATUS_DETAILS_KEY,
  TRAILER_LIMIT_BYTES,
  toGrpcStatus,
} from './errors/grpc-status.js';
export { plainText } from './errors/plain-text.js';
export { decodeFrame } from './frame/decode.js';
export { type EncodedFrame, encodeFrame } from './frame/encode.js';
export {
  align8,
  decodeHeader,
  encodeHeader,
  type FrameHeader,
  HEADER_BYTES,
  HEADER_VERSION,
  joinPayload,
  payloadBytes,
  splitPayload,
} from './frame/header.js';
export { DATA_KINDS, FRAME_KIND, FRAME_KIND_NAMES } from './frame/kinds.js';
export { DESCRIPTOR_FILES, type DescriptorFile } from './gen/descriptors.js';
/** The messages and the service of server reflection. */
export * as reflection from './gen/reflection.js';
/** The generated messages, enums and services, under one name so that they never shadow the domain's own words. */
export * as wire from './gen/remotemedia.js';
export { fromProtoManifest, manifestOfRequest } from './manifest/from-proto.js';
export type {
  Capabilities,
  Manifest,
  ManifestConnection,
  ManifestMetadata,
  ManifestNode,
  RuntimeHint,
  TypeHint,
} from './manifest/manifest.js';
export { parseManifest } from './manifest/parse-manifest.js';
export { type NewProblem, ProblemCollector } from './problems/collector.js';
export { joinPath } from './problems/describe.js';
export { didYouMean, nearestNames } from './problems/nearest.js';
export { zodProblems } from './problems/zod-problems.js';
export type * from './runtime-data.js';
export { setMetadata } from './runtime-data.js';
export { alignedBytes, bytesOf } from './wire/array-bytes.js';
export { isCompatibleClient, PROTOCOL_VERSION } from './wire/client-version.js';
export { fromDataBuffer, fromNamedBuffers } from './wire/from-data-buffer.js';
export { fromResourceLimits, type ResourceLimits } from './wire/resource-limits.js';
export {
  decodeMessage,
  decodeRequest,
  encodeMessage,
  type GeneratedService,
  type MessageCodec,
  type MethodDefinition,
  type ServiceDefinitionOf,
  serviceDefinition,
} from './wire/service-definition.js';
export { toDataBuffer, toNamedBuffers } from './wire/to-data-buffer.js';
