import { Metadata, ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js';
import { GRPC_STATUS, RemoteMediaError } from '@remotemedia/contract';
import { toStatus } from './status.js';

/** How grpc-js begins what it says about a request that is too large. */
const TOO_LARGE = /^Received message (?:larger than max \((\d+) vs|that decompresses)/;

/**
 * Gives the refusal of a large request the name of the setting that refuses it. grpc-js sends that status by itself, past
 * every handler; all that it sends goes through `sendStatus` of the innermost call.
 */
export function explainOversize(maxMessageBytes: number): ServerInterceptor {
  return (_method, call) => {
    const send = call.sendStatus.bind(call);
    call.sendStatus = (status) => {
      const match = status.code === GRPC_STATUS.RESOURCE_EXHAUSTED ? TOO_LARGE.exec(status.details ?? '') : null;
      if (match === null) return send({ ...status, metadata: status.metadata ?? new Metadata() });
      send(toStatus(tooLarge(match[1], maxMessageBytes)));
    };
    return new ServerInterceptingCall(call);
  };
}

function tooLarge(asked: string | undefined, allowed: number): RemoteMediaError {
  const setting = 'limits.max_message_bytes';
  const size =
    asked === undefined ? 'A message is larger, once decompressed, than' : `A message has ${asked} bytes, more than`;
  return new RemoteMediaError('limit.message_size', `${size} ${setting} allows (${allowed} bytes)`, {
    hint: `Send smaller messages, or raise ${setting} in runtime.toml.`,
    details: { ...(asked === undefined ? {} : { asked: Number(asked) }), allowed, setting },
  });
}
