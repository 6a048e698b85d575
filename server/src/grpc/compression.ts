import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import { ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js';
import { innermostCall } from './innermost-call.js';

const compress = promisify(gzip);
/** Anything better takes several times as long, and audio hardly shrinks. */
const OPTIONS = { level: constants.Z_BEST_SPEED };
/** Below this many bytes an answer goes out as it is. */
const MIN_BYTES = 1024;

/** A message that is compressed already. */
class Compressed {
  readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }
}

/** What is needed of the innermost call of grpc-js. */
interface BaseCall {
  incomingEncoding: string;
  serializeMessage(message: unknown): Buffer;
}

/**
 * Answers in gzip to a client that asks in gzip, as other gRPC servers do; grpc-js reads compressed messages and writes none. It
 * compresses beside the event loop.
 */
export function answerInKind(): ServerInterceptor {
  return (_method, call) => {
    const base = baseOf(call);
    if (base?.incomingEncoding !== 'gzip') return new ServerInterceptingCall(call);
    frameCompressed(base);
    let compressing: Promise<void> | null = null;
    return new ServerInterceptingCall(call, {
      sendMetadata: (metadata, next) => {
        metadata.set('grpc-encoding', 'gzip');
        next(metadata);
      },
      sendMessage: (message: unknown, next) => {
        if (!Buffer.isBuffer(message) || message.byteLength < MIN_BYTES) return next(message);
        compressing = compress(message, OPTIONS).then(
          (bytes) => next(new Compressed(bytes)),
          () => next(message),
        );
      },
      // grpc-js would forget a status that comes while a message is on its way through here.
      sendStatus: (status, next) => {
        if (compressing === null) next(status);
        else void compressing.then(() => next(status));
      },
    });
  };
}

/** Lets a call write down compressed messages: a byte that says so, and their length. */
function frameCompressed(call: BaseCall): void {
  const serialize = call.serializeMessage.bind(call);
  call.serializeMessage = (message) => {
    if (!(message instanceof Compressed)) return serialize(message);
    const head = Buffer.alloc(5);
    head.writeUInt8(1, 0);
    head.writeUInt32BE(message.bytes.byteLength, 1);
    return Buffer.concat([head, message.bytes]);
  };
}

/** grpc-js has no way to do this, so it looks inside; null: that has changed, and answers go out as they are. */
function baseOf(call: object): BaseCall | null {
  const inner = innermostCall(call);
  return isBaseCall(inner) ? inner : null;
}

function isBaseCall(call: object): call is BaseCall {
  const { incomingEncoding, serializeMessage } = call as Partial<BaseCall>;
  return typeof incomingEncoding === 'string' && typeof serializeMessage === 'function';
}
