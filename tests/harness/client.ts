import { fileURLToPath } from 'node:url';
import * as grpc from '@grpc/grpc-js';
import * as loader from '@grpc/proto-loader';
import { fromGrpcStatus, type RemoteMediaError, STATUS_DETAILS_KEY } from '@remotemedia/contract';

/** What clients in the field were generated from. */
export const LEGACY_PROTO = fileURLToPath(new URL('../fixtures/legacy.proto', import.meta.url));
export const PROTO = fileURLToPath(new URL('../../proto/remotemedia.proto', import.meta.url));

/** A message as proto-loader has it, with the field names of the file. */
export type Message = Record<string, unknown>;

type Unary = (
  request: Message,
  options: grpc.CallOptions,
  done: (error: grpc.ServiceError | null, response: Message) => void,
) => grpc.ClientUnaryCall;
type Bidi = (metadata: grpc.Metadata, options?: grpc.CallOptions) => grpc.ClientDuplexStream<Message, Message>;

/** A client that knows nothing but a .proto file. */
export class WireClient {
  readonly #execution: grpc.Client;
  readonly #streaming: grpc.Client;

  constructor(address: string, proto: string = PROTO, options: grpc.ClientOptions = {}) {
    const definition = loader.loadSync(proto, {
      keepCase: true,
      longs: Number,
      enums: String,
      defaults: false,
      oneofs: true,
    });
    const loaded = grpc.loadPackageDefinition(definition) as unknown as {
      remotemedia: { v1: Record<string, grpc.ServiceClientConstructor> };
    };
    const { PipelineExecutionService: Execution, StreamingPipelineService: Streaming } = loaded.remotemedia.v1;
    if (Execution === undefined || Streaming === undefined) throw new Error(`${proto} lacks a service`);
    const all = { 'grpc.max_receive_message_length': -1, 'grpc.use_local_subchannel_pool': 1, ...options };
    this.#execution = new Execution(address, grpc.credentials.createInsecure(), all);
    this.#streaming = new Streaming(address, grpc.credentials.createInsecure(), all);
  }

  execute(request: Message, options: grpc.CallOptions = {}): Promise<Message> {
    return this.#unary('ExecutePipeline', request, options).answer;
  }

  /** A call that can be cancelled. */
  startExecute(
    request: Message,
    options: grpc.CallOptions = {},
  ): { call: grpc.ClientUnaryCall; answer: Promise<Message> } {
    return this.#unary('ExecutePipeline', request, options);
  }

  version(request: Message = {}): Promise<Message> {
    return this.#unary('GetVersion', request, {}).answer;
  }

  stream(options: grpc.CallOptions = {}, metadata = new grpc.Metadata()): WireStream {
    const open = methodOf<Bidi>(this.#streaming, 'StreamPipeline');
    return new WireStream(open(metadata, options));
  }

  close(): void {
    this.#execution.close();
    this.#streaming.close();
  }

  #unary(name: string, request: Message, options: grpc.CallOptions) {
    const method = methodOf<Unary>(this.#execution, name);
    let call: grpc.ClientUnaryCall | null = null;
    const answer = new Promise<Message>((resolve, reject) => {
      call = method(request, options, (error, response) => {
        if (error === null) resolve(response);
        else reject(error);
      });
    });
    if (call === null) throw new Error('no call was made');
    return { call: call as grpc.ClientUnaryCall, answer };
  }
}

function methodOf<T>(client: grpc.Client, name: string): T {
  const method = (client as unknown as Record<string, (...args: never[]) => unknown>)[name];
  if (method === undefined) throw new Error(`no method ${name}`);
  return method.bind(client) as unknown as T;
}

/** How a stream ended. */
export interface StreamEnd {
  /** gRPC status number. */
  readonly code: number;
  readonly error: RemoteMediaError | null;
}

/** One StreamPipeline call. */
export class WireStream {
  readonly call: grpc.ClientDuplexStream<Message, Message>;
  readonly #received: Message[] = [];
  readonly #waiting: { matches: (message: Message) => boolean; resolve: (message: Message) => void }[] = [];
  readonly ended: Promise<StreamEnd>;

  constructor(call: grpc.ClientDuplexStream<Message, Message>) {
    this.call = call;
    let error: grpc.ServiceError | null = null;
    call.on('error', (thrown: grpc.ServiceError) => {
      error = thrown;
    });
    this.ended = new Promise((resolve) => {
      call.on('status', (status) => resolve({ code: status.code, error: error === null ? null : errorOf(error) }));
    });
  }

  /** Everything received so far, in order. */
  get received(): readonly Message[] {
    return this.#received;
  }

  /** Starts reading. A stream that nobody reads stands still, as it should. */
  read(): this {
    this.call.on('data', (message: Message) => {
      this.#received.push(message);
      for (const waiter of [...this.#waiting]) {
        if (!waiter.matches(message)) continue;
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        waiter.resolve(message);
      }
    });
    return this;
  }

  /** True: there is room for more. */
  send(request: Message): boolean {
    return this.call.write(request);
  }

  /** Resolves with the content of the first response, past or future, that has this field; rejects when the stream ends without. */
  async response(field: string): Promise<Message> {
    return (await this.message((message) => message[field] !== undefined && message[field] !== null))[field] as Message;
  }

  /** Resolves with the first response, past or future, that `matches` finds; rejects when the stream ends without. */
  async message(matches: (message: Message) => boolean): Promise<Message> {
    const past = this.#received.find(matches);
    if (past !== undefined) return past;
    const future = new Promise<Message>((resolve) => {
      this.#waiting.push({ matches, resolve });
    });
    const end = this.ended.then(({ code, error }) => {
      throw error ?? new Error(`the stream ended with status ${code} before the message that was waited for`);
    });
    return await Promise.race([future, end]);
  }

  /** Contents of all responses so far that have this field. */
  all(field: string): Message[] {
    return this.#received.map((message) => message[field]).filter((content) => content != null) as Message[];
  }
}

/** The typed error in the trailers of a failed call. */
export function errorOf(error: unknown): RemoteMediaError {
  const { code, details, metadata } = error as grpc.ServiceError;
  const [bytes] = metadata?.get(STATUS_DETAILS_KEY) ?? [];
  return fromGrpcStatus(code, details, typeof bytes === 'object' ? bytes : null);
}

/** The error that a call fails with. */
export async function failureOf(call: Promise<unknown>): Promise<RemoteMediaError & { status: number }> {
  try {
    await call;
  } catch (error) {
    return Object.assign(errorOf(error), { status: (error as grpc.ServiceError).code });
  }
  throw new Error('the call succeeded');
}
