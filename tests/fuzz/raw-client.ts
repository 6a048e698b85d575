import * as grpc from '@grpc/grpc-js';
import { decodeMessage, type RemoteMediaError, wire } from '@remotemedia/contract';
import { errorOf } from '../harness/client.js';

const EXECUTE = '/remotemedia.v1.PipelineExecutionService/ExecutePipeline';
const STREAM = '/remotemedia.v1.StreamingPipelineService/StreamPipeline';

/** How a call ended. */
export interface CallEnd {
  /** gRPC status number. */
  readonly status: number;
  readonly error: RemoteMediaError | null;
  readonly trailerBytes: number;
}

const asIs = (bytes: Buffer): Buffer => bytes;

/** A client that sends whatever bytes it is given. */
export class RawClient {
  readonly #client: grpc.Client;

  constructor(address: string) {
    this.#client = new grpc.Client(address, grpc.credentials.createInsecure(), {
      'grpc.max_receive_message_length': -1,
      'grpc.use_local_subchannel_pool': 1,
    });
  }

  /** One `ExecutePipeline`. */
  execute(request: Buffer, deadlineMs: number): Promise<CallEnd> {
    return new Promise((resolve) => {
      const options = { deadline: Date.now() + deadlineMs };
      const call = this.#client.makeUnaryRequest(
        EXECUTE,
        asIs,
        asIs,
        request,
        new grpc.Metadata(),
        options,
        (error) => {
          if (error !== null) resolve(endOf(error));
        },
      );
      call.on('status', (status) => {
        if (status.code === grpc.status.OK) resolve({ status: 0, error: null, trailerBytes: 0 });
      });
    });
  }

  /** One `StreamPipeline`. */
  stream(deadlineMs: number): RawStream {
    const options = { deadline: Date.now() + deadlineMs };
    return new RawStream(this.#client.makeBidiStreamRequest(STREAM, asIs, asIs, new grpc.Metadata(), options));
  }

  close(): void {
    this.#client.close();
  }
}

/** A stream of bytes that should be messages. */
export class RawStream {
  readonly #call: grpc.ClientDuplexStream<Buffer, Buffer>;
  readonly ended: Promise<CallEnd>;
  /** Errors that came as messages. */
  readonly errors: wire.ErrorResponse[] = [];
  /** Resolves when the session is ready, or the stream has ended. */
  readonly settled: Promise<void>;
  results = 0;

  constructor(call: grpc.ClientDuplexStream<Buffer, Buffer>) {
    this.#call = call;
    let failure: grpc.ServiceError | null = null;
    call.on('error', (error: grpc.ServiceError) => {
      failure = error;
    });
    this.ended = new Promise((resolve) => {
      call.on('status', (status) => {
        resolve(failure === null ? { status: status.code, error: null, trailerBytes: 0 } : endOf(failure));
      });
    });
    this.settled = new Promise((resolve) => {
      void this.ended.then(() => resolve());
      call.on('data', (bytes: Buffer) => {
        const { response } = decodeMessage(wire.StreamResponse, bytes);
        if (response?.$case === 'ready') resolve();
        if (response?.$case === 'result') this.results += 1;
        if (response?.$case === 'error') this.errors.push(response.value);
      });
    });
  }

  send(message: Buffer): void {
    if (this.#call.writable) this.#call.write(message);
  }

  halfClose(): void {
    this.#call.end();
  }

  /** In a turn of its own: Node loses the reset of a stream that is given up while its connection is being read. */
  cancel(): void {
    setImmediate(() => this.#call.cancel());
  }
}

function endOf(error: grpc.ServiceError): CallEnd {
  const details = error.metadata.get('grpc-status-details-bin').map((value) => value.length);
  const trailerBytes = encodeURIComponent(error.details).length + details.reduce((sum, length) => sum + length, 0);
  return { status: error.code, error: errorOf(error), trailerBytes };
}
