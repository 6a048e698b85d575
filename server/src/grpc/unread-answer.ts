import { constants } from 'node:http2';
import { ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js';
import type { Logger } from '../observe/logger.js';
import { innermostCall } from './innermost-call.js';

/** What is needed of the HTTP/2 stream under a call. */
interface AnswerStream {
  /** Calls back when nothing has moved for so long, neither way. */
  setTimeout(ms: number, onTimeout: () => void): void;
  close(code: number): void;
}

/**
 * Takes an answer back that its client does not read: it would hold its memory for as long as the client has the connection.
 *
 * No status reaches such a client, since it would queue up behind the answer; the call is reset, and the log says why.
 */
export function dropUnreadAnswer(stallTimeoutMs: number, log: Logger): ServerInterceptor {
  return (method, call) => {
    const stream = method.responseStream ? null : streamUnder(call);
    if (stream === null) return new ServerInterceptingCall(call);
    return new ServerInterceptingCall(call, {
      sendMessage: (message, next) => {
        stream.setTimeout(stallTimeoutMs, () => {
          const text = `The client has not read the answer of ${method.path} for ${stallTimeoutMs / 1000} s, so it is dropped`;
          log.warn(`[stream.stalled] ${text}`);
          stream.close(constants.NGHTTP2_CANCEL);
        });
        next(message);
      },
    });
  };
}

/** grpc-js has no way to give a call up that works while its answer waits, so this looks inside; null: it has changed. */
function streamUnder(call: object): AnswerStream | null {
  const inner = innermostCall(call);
  return 'stream' in inner && isAnswerStream(inner.stream) ? inner.stream : null;
}

function isAnswerStream(value: unknown): value is AnswerStream {
  return typeof value === 'object' && value !== null && 'setTimeout' in value && 'close' in value;
}
