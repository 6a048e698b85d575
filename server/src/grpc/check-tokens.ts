import { type Metadata, ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js';
import { RemoteMediaError } from '@remotemedia/contract';
import type { Access } from '../access/access.js';
import type { KnownToken, TokenList } from '../access/token-list.js';
import type { Logger } from '../observe/logger.js';
import type { Caller } from '../session/callers.js';
import { RefusalLog } from './refusal-log.js';
import { toStatus } from './status.js';

const HEADER = 'authorization';
const BEARER = /^bearer +(\S+) *$/i;
const HEALTH = '/grpc.health.v1.Health/';

/** By the metadata of their calls: the one thing that an interceptor and the handler behind it share. */
const CALLERS = new WeakMap<Metadata, Caller>();

/** Who has made a call; null: the service needs no tokens. */
export function callerOf(metadata: Metadata): Caller | null {
  return CALLERS.get(metadata) ?? null;
}

/**
 * Lets no call through to its handler that does not send a token of the service; of a refused call not a byte is read.
 * The token itself goes no further than here.
 *
 * @returns nothing where the service needs no tokens
 */
export function checkTokens({ tokens, healthWithoutToken }: Access, log: Logger): ServerInterceptor[] {
  if (tokens === null) return [];
  const refusals = new RefusalLog(log);
  const check: ServerInterceptor = ({ path }, call) => {
    const isExempt = healthWithoutToken && path.startsWith(HEALTH);
    return new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, pass) => {
            const sent = metadata.get(HEADER);
            metadata.remove(HEADER);
            const verdict = isExempt ? null : judge(sent, tokens.value);
            if (verdict instanceof RemoteMediaError) {
              refusals.add(path, call.getPeer(), verdict);
              call.sendStatus(toStatus(verdict));
              return;
            }
            if (verdict !== null) CALLERS.set(metadata, verdict);
            pass(metadata);
          },
        }),
    });
  };
  return [check];
}

/** The token of a call, or why the call is refused. */
function judge([header]: readonly (string | Buffer)[], tokens: TokenList): KnownToken | RemoteMediaError {
  if (header === undefined) return missing('The call has no token');
  const [, sent] = BEARER.exec(header.toString()) ?? [];
  if (sent === undefined) return missing(`The call has metadata '${HEADER}', but no bearer token in it`);
  const token = tokens.find(sent);
  if (token === null) {
    return new RemoteMediaError('auth.denied', 'The token of the call is none that this service knows', {
      hint: 'Check that the token is complete, and meant for this service; the service may have got new ones.',
    });
  }
  const { name, expiresMs } = token;
  if (expiresMs === null || Date.now() < expiresMs) return token;
  const since = new Date(expiresMs).toISOString();
  return new RemoteMediaError('auth.denied', `The token of the call ('${name}') has expired at ${since}`, {
    hint: 'Get a new token from whoever runs the service.',
  });
}

function missing(what: string): RemoteMediaError {
  return new RemoteMediaError('auth.missing', `${what}, and this service needs one`, {
    hint: `Send metadata '${HEADER}' with 'Bearer TOKEN'; clients of the package have an option \`token\`, and the command line reads REMOTEMEDIA_TOKEN.`,
  });
}
