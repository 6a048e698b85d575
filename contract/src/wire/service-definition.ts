import { isRemoteMediaError, RemoteMediaError } from '../errors/error.js';
import { BinaryReader } from './binary-reader.js';
import type { BinaryWriter } from './binary-writer.js';

/**
 * Tags, lengths and numbers in one request. The largest manifest there can be has half of that. A decoded field takes up to
 * a hundred times the memory of its bytes, and time: sixteen megabytes of empty nodes would stop a service for seconds.
 */
const REQUEST_NUMBER_LIMIT = 300_000;

/** A generated message's encoder and decoder. */
export interface MessageCodec<T> {
  encode(message: T): BinaryWriter;
  decode(input: BinaryReader | Uint8Array): T;
}

/** A generated service, for example `wire.PipelineExecutionServiceDefinition`. */
export interface GeneratedService {
  readonly fullName: string;
  readonly methods: Readonly<
    Record<
      string,
      {
        readonly name: string;
        readonly requestType: unknown;
        readonly requestStream: boolean;
        readonly responseType: unknown;
        readonly responseStream: boolean;
      }
    >
  >;
}

/** One method in the form that @grpc/grpc-js takes. */
export interface MethodDefinition<Request, Response, Bytes> {
  path: string;
  requestStream: boolean;
  responseStream: boolean;
  requestSerialize: (message: Request) => Bytes;
  requestDeserialize: (bytes: Uint8Array) => Request;
  responseSerialize: (message: Response) => Bytes;
  responseDeserialize: (bytes: Uint8Array) => Response;
  originalName: string;
}

type MessageOf<Codec> = Codec extends { decode(input: never, length?: number): infer T } ? T : never;

/** A service in the form that @grpc/grpc-js takes. */
export type ServiceDefinitionOf<Service extends GeneratedService, Bytes> = {
  [Name in keyof Service['methods']]: MethodDefinition<
    MessageOf<Service['methods'][Name]['requestType']>,
    MessageOf<Service['methods'][Name]['responseType']>,
    Bytes
  >;
};

/**
 * A generated service as @grpc/grpc-js wants it.
 *
 * @param toBuffer makes the `Buffer` that grpc-js needs of encoded bytes, without copying; a parameter because this
 *   package also runs where there is no `Buffer`.
 */
export function serviceDefinition<Service extends GeneratedService, Bytes>(
  service: Service,
  toBuffer: (bytes: Uint8Array) => Bytes,
): ServiceDefinitionOf<Service, Bytes> {
  const methods: Record<string, MethodDefinition<unknown, unknown, Bytes>> = {};
  for (const [key, method] of Object.entries(service.methods)) {
    const request = method.requestType as MessageCodec<unknown>;
    const response = method.responseType as MessageCodec<unknown>;
    methods[key] = {
      path: `/${service.fullName}/${method.name}`,
      requestStream: method.requestStream,
      responseStream: method.responseStream,
      requestSerialize: (message) => toBuffer(encodeMessage(request, message)),
      requestDeserialize: (bytes) => decodeRequest(request, bytes),
      responseSerialize: (message) => toBuffer(encodeMessage(response, message)),
      responseDeserialize: (bytes) => decodeMessage(response, bytes),
      originalName: key,
    };
  }
  return methods as ServiceDefinitionOf<Service, Bytes>;
}

/** The bytes of a message. */
export function encodeMessage<T>(codec: MessageCodec<T>, message: T): Uint8Array {
  return codec.encode(message).finish();
}

/**
 * A message from its bytes; byte fields are views of them.
 *
 * grpc-js ends a call with INTERNAL when its own deserializer throws. A handler that takes raw bytes and calls this
 * gets an error it can answer with instead.
 *
 * @throws RemoteMediaError `input.invalid` for bytes that are not such a message.
 */
export function decodeMessage<T>(codec: MessageCodec<T>, bytes: BinaryReader | Uint8Array): T {
  try {
    return codec.decode(bytes);
  } catch (error) {
    if (isRemoteMediaError(error)) {
      throw error;
    }
    throw new RemoteMediaError('input.invalid', `Protobuf message cannot be read: ${String(error)}`, { cause: error });
  }
}

/**
 * The same for bytes from whoever can reach a service: they may not cost much more than their number.
 *
 * @throws RemoteMediaError `input.invalid` for bytes that are not such a message, or one of hundreds of thousands of fields.
 */
export function decodeRequest<T>(codec: MessageCodec<T>, bytes: Uint8Array): T {
  return decodeMessage(codec, new BinaryReader(bytes, REQUEST_NUMBER_LIMIT));
}
