import {
  type ChannelCredentials,
  type ClientOptions as ChannelOptions,
  credentials,
  InterceptingCall,
  type Interceptor,
} from '@grpc/grpc-js';
import { RemoteMediaError } from '@remotemedia/contract';

/** Certificates in PEM form: the text of a file, or its bytes. */
export interface TlsOptions {
  /** Who may have signed the service's certificate. Default: the authorities that Node.js trusts. */
  readonly ca?: string | Uint8Array;
  /** The client's own certificate with its chain, and its key: for a service that wants them. */
  readonly certificate?: string | Uint8Array;
  readonly key?: string | Uint8Array;
  /** The name in the service's certificate, where it is not that of the address. */
  readonly serverName?: string;
}

/** How a client shows who it is, and checks whom it talks to. */
export interface AccessOptions {
  /** Sent with every call. Without `tls` whoever is on the way can read it. */
  readonly token?: string;
  /** True: TLS with the authorities that Node.js trusts. Default: no TLS. */
  readonly tls?: TlsOptions | boolean;
}

/** @throws RemoteMediaError `input.invalid` for certificates that cannot be used */
export function channelCredentials({ tls = false }: AccessOptions): ChannelCredentials {
  if (tls === false) return credentials.createInsecure();
  const { ca, certificate, key } = tls === true ? {} : tls;
  if ((certificate === undefined) !== (key === undefined)) {
    throw unusable('tls.certificate and tls.key belong together: one of them is missing');
  }
  try {
    return credentials.createSsl(toBytes(ca), toBytes(key), toBytes(certificate));
  } catch (cause) {
    throw unusable(`The certificates in tls cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

/**
 * The rest of what the options ask for.
 *
 * @throws RemoteMediaError `input.invalid` for a token that cannot be sent
 */
export function accessChannelOptions({ token, tls = false }: AccessOptions): ChannelOptions {
  const serverName = typeof tls === 'object' ? tls.serverName : undefined;
  return {
    ...(token === undefined ? {} : { interceptors: [sendToken(token)] }),
    ...(serverName === undefined
      ? {}
      : { 'grpc.ssl_target_name_override': serverName, 'grpc.default_authority': serverName }),
  };
}

const SENDABLE = /^[\x21-\x7e]+$/;

/** Not the call credentials of grpc-js: those refuse to work without TLS, on loopback too. */
function sendToken(token: string): Interceptor {
  const sent = token.trim();
  // grpc-js quotes what it cannot send, and a token must not stand in an error.
  if (!SENDABLE.test(sent)) throw unusable('The token is empty, or has characters that cannot be sent');
  return (options, next) =>
    new InterceptingCall(next(options), {
      start: (metadata, listener, start) => {
        metadata.set('authorization', `Bearer ${sent}`);
        start(metadata, listener);
      },
    });
}

/**
 * What is said when the two ends do not agree on TLS: by OpenSSL and Node.js where they see it, and by grpc-js where the other
 * end just hangs up. Nobody there at all is `ECONNREFUSED`.
 */
const TLS_FAULT = /certificate|SSL routines|ERR_TLS|Last error: Failed to connect/i;

/** A hint for a connection that failed for reasons of TLS; nothing for others. */
export function tlsHint(details: string): { readonly hint?: string } {
  if (!TLS_FAULT.test(details)) return {};
  return {
    hint: "Check `tls` of the client against [tls] of the service: whether both use TLS, that `ca` has signed the service's certificate, its name, and the client's own certificate where the service has a client_ca.",
  };
}

function toBytes(pem: string | Uint8Array | undefined): Buffer | null {
  return pem === undefined ? null : Buffer.from(pem);
}

function unusable(what: string): RemoteMediaError {
  return new RemoteMediaError('input.invalid', what, { hint: 'Correct the options `token` and `tls` of the client.' });
}
