import { Metadata, ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js';
import { GRPC_STATUS, RemoteMediaError } from '@remotemedia/contract';
import { toStatus } from './status.js';

/** How grpc-js begins what it says about a request that is too large. */
const TOO_LARGE = /^Received message (?:larger than max \((\d+) vs|that decompresses)/;
/** What it says about bytes that no client library sends, and calls an internal error. */
const MALFORMED = /^(?:Failed to decompress message|Invalid grpc-timeout value)/;

/**
 * Puts our own errors in the place of those that grpc-js ends a call with by itself, past every handler: the refusal of a
 * large request gets the name of the setting that refuses it, and a client's mistake is not called the service's. All that
 * grpc-js sends goes through `sendStatus` of the innermost call.
 */
export function explainRefusals(maxMessageBytes: number): ServerInterceptor {
  return (_method, call) => {
    const send = call.sendStatus.bind(call);
    call.sendStatus = (status) => {
      const error = refusalOf(status, maxMessageBytes);
      send(error === null ? { ...status, metadata: status.metadata ?? new Metadata() } : toStatus(error));
    };
    return new ServerInterceptingCall(call);
  };
}

/** What grpc-js gives to `sendStatus`: it may leave the text out. */
interface RawStatus {
  readonly code?: number | undefined;
  readonly details?: string | null | undefined;
}

/** Null: the status is a handler's own. */
function refusalOf({ code, details }: RawStatus, maxMessageBytes: number): RemoteMediaError | null {
  const text = details ?? '';
  if (code === GRPC_STATUS.RESOURCE_EXHAUSTED) {
    const match = TOO_LARGE.exec(text);
    return match === null ? null : tooLarge(match[1], maxMessageBytes);
  }
  if (code !== GRPC_STATUS.INTERNAL || !MALFORMED.test(text)) return null;
  return new RemoteMediaError('input.invalid', `The call cannot be read: ${text.slice(0, 200)}`, {
    hint: 'Use a gRPC client library; compressed messages may be gzip or deflate.',
  });
}

function tooLarge(asked: string | undefined, maxMessageBytes: number): RemoteMediaError {
  const setting = 'limits.max_message_bytes';
  const size =
    asked === undefined ? 'A message is larger, once decompressed, than' : `A message has ${asked} bytes, more than`;
  return new RemoteMediaError('limit.message_size', `${size} ${setting} allows (${maxMessageBytes} bytes)`, {
    hint: `Send smaller messages, or raise ${setting} in runtime.toml.`,
    details: { ...(asked === undefined ? {} : { asked: Number(asked) }), allowed: maxMessageBytes, setting },
  });
}
