import { Client as GrpcClient, type ServiceError } from '@grpc/grpc-js';
import {
  fromDataBuffer,
  fromErrorResponse,
  type MethodDefinition,
  RemoteMediaError,
  type RuntimeData,
  type wire,
} from '@remotemedia/contract';
import { fromCallError } from './call-error.js';
import { cancelCall } from './cancel-call.js';
import { type AccessOptions, accessChannelOptions, channelCredentials } from './channel-credentials.js';
import { type Inputs, type ManifestInput, manifestText, toDataBuffers } from './manifest-input.js';
import { PipelineStream } from './pipeline-stream.js';
import { executionService, streamingService } from './service-methods.js';

const DEFAULT_MAX_MESSAGE_BYTES = 64 * 1024 * 1024;
const CLIENT_VERSION = 'v1';

/** How to reach a service. */
export interface ClientOptions extends AccessOptions {
  /** Largest message either way; the service has a limit of its own. Default 64 MiB. */
  readonly maxMessageBytes?: number;
}

/** What a single call may have. */
export interface CallOptions {
  /** Aborting it cancels the call and everything it started in the service. */
  readonly signal?: AbortSignal;
  /** The service ends the session when it has run this long. Default: no limit. */
  readonly timeoutMs?: number;
}

export interface StreamOptions extends CallOptions {
  /** Data that is there from the start, by node id; chunks come after it. */
  readonly inputs?: Inputs;
}

/** One message that came out of a node. */
export interface NodeOutput {
  readonly nodeId: string;
  readonly sequence: number;
  readonly data: RuntimeData;
}

/** What a pipeline gave that ran to its end. */
export interface ExecuteResult {
  readonly status: 'SUCCESS' | 'PARTIAL_SUCCESS';
  /** Every output in the order it came. */
  readonly outputs: readonly NodeOutput[];
  /** One per sink node: audio concatenated, text joined, of anything else the last. */
  readonly dataOutputs: ReadonlyMap<string, RuntimeData>;
  readonly metrics: wire.ExecutionMetrics | null;
  readonly warnings: readonly string[];
}

/**
 * A client for the service at `address`, host and port, for example `127.0.0.1:50051`.
 *
 * Nothing is connected before the first call; `await client.version()` tells whether the service is there.
 */
export function connect(address: string, options: ClientOptions = {}): RemoteMediaClient {
  return new RemoteMediaClient(address, options);
}

/** A connection to one service, made by {@link connect}. All failures are {@link RemoteMediaError}. */
export class RemoteMediaClient {
  readonly address: string;
  readonly #grpc: GrpcClient;

  constructor(address: string, options: ClientOptions = {}) {
    const maxMessageBytes = options.maxMessageBytes ?? DEFAULT_MAX_MESSAGE_BYTES;
    this.address = address;
    this.#grpc = new GrpcClient(address, channelCredentials(options), {
      ...accessChannelOptions(options),
      'grpc.max_receive_message_length': maxMessageBytes,
      'grpc.max_send_message_length': maxMessageBytes,
      // A connection of its own for each client: closing one must not touch the calls of another.
      'grpc.use_local_subchannel_pool': 1,
    });
  }

  /**
   * Runs a pipeline to its end: all input in, all output back.
   *
   * @param inputs data by node id. A node may get input whether or not others feed it.
   */
  async execute(manifest: ManifestInput, inputs: Inputs = {}, options: CallOptions = {}): Promise<ExecuteResult> {
    const response = await this.#unary(
      executionService.executePipeline,
      {
        manifest: undefined,
        dataInputs: toDataBuffers(inputs),
        resourceLimits: limitsOf(options),
        clientVersion: CLIENT_VERSION,
        version: '',
        metadata: undefined,
        nodes: [],
        connections: [],
        manifestJson: manifestText(manifest),
      },
      options.signal,
    );
    const { outcome } = response;
    if (outcome?.$case === 'error') throw fromErrorResponse(outcome.value);
    if (outcome === undefined) throw new RemoteMediaError('internal', 'The service answered without a result.');
    const { outputs, dataOutputs, metrics } = outcome.value;
    return {
      status: response.status === 'PARTIAL_SUCCESS' ? 'PARTIAL_SUCCESS' : 'SUCCESS',
      outputs: outputs.flatMap(({ nodeId, sequence, buffer }) =>
        buffer === undefined ? [] : [{ nodeId, sequence, data: fromDataBuffer(buffer) }],
      ),
      dataOutputs: new Map([...dataOutputs].map(([nodeId, buffer]) => [nodeId, fromDataBuffer(buffer)])),
      metrics: metrics ?? null,
      warnings: response.warnings,
    };
  }

  /** Starts a pipeline that takes chunks and gives results for as long as the stream is open. */
  stream(manifest: ManifestInput, options: StreamOptions = {}): PipelineStream {
    const { path, requestSerialize, responseDeserialize } = streamingService.streamPipeline;
    const call = this.#grpc.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
    const init = {
      manifest: undefined,
      dataInputs: toDataBuffers(options.inputs),
      resourceLimits: limitsOf(options),
      clientVersion: CLIENT_VERSION,
      expectedChunkSize: 0,
      manifestJson: manifestText(manifest),
    };
    return new PipelineStream(call, init, this.address, options.signal);
  }

  /** What the service is and which node types it knows. */
  async version(options: { readonly signal?: AbortSignal } = {}): Promise<wire.VersionInfo> {
    const response = await this.#unary(executionService.getVersion, { clientVersion: CLIENT_VERSION }, options.signal);
    if (!response.compatible) throw new RemoteMediaError('client.version_mismatch', response.compatibilityMessage);
    if (response.versionInfo === undefined) throw new RemoteMediaError('internal', 'The service gave no version.');
    return response.versionInfo;
  }

  /** Ends the connection. Calls that are under way finish first. */
  close(): void {
    this.#grpc.close();
  }

  #unary<Request, Response>(
    method: MethodDefinition<Request, Response, Buffer>,
    request: Request,
    signal: AbortSignal | undefined,
  ): Promise<Response> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        const reason = { cause: signal.reason };
        throw new RemoteMediaError('session.cancelled', 'The call was cancelled before it began.', reason);
      }
      const call = this.#grpc.makeUnaryRequest(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        request,
        (error: ServiceError | null, response) => {
          signal?.removeEventListener('abort', cancel);
          if (error !== null) reject(fromCallError(error, this.address));
          else if (response === undefined) reject(new RemoteMediaError('internal', 'The service gave no answer.'));
          else resolve(response);
        },
      );
      const cancel = (): void => cancelCall(call);
      signal?.addEventListener('abort', cancel, { once: true });
    });
  }
}

function limitsOf({ timeoutMs }: CallOptions) {
  return timeoutMs === undefined
    ? undefined
    : { maxMemoryBytes: '0', maxTimeoutMs: String(timeoutMs), maxAudioSamples: '0' };
}
