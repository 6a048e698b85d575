import { parseTokens, RemoteMediaError, type ResolvedConfig } from '@remotemedia/contract';
import type { Logger } from '../observe/logger.js';
import { type NamedFile, Reloaded } from './reloaded.js';
import { checkTlsIdentity, type TlsIdentity } from './tls-identity.js';
import { TokenList } from './token-list.js';

/** Who may connect and who may call; null: everybody. */
export interface Access {
  readonly tls: Reloaded<TlsIdentity> | null;
  readonly tokens: Reloaded<TokenList> | null;
  readonly healthWithoutToken: boolean;
  /** No more looks at files. */
  close(): void;
}

/** Time before its end in which a certificate is worth a warning. */
const EXPIRY_WARNING_MS = 14 * 24 * 3600 * 1000;

type Settings = Pick<ResolvedConfig, 'tls' | 'auth'>;

/**
 * Reads certificates and tokens.
 *
 * @param privateToken nothing but this one opens the service, without TLS; null: what the settings say.
 * @throws RemoteMediaError `config.invalid`
 */
export async function openAccess({ tls, auth }: Settings, privateToken: string | null, log: Logger): Promise<Access> {
  if (privateToken !== null) return await privateAccess(privateToken, log);
  const identity = await openTls(tls, log);
  try {
    const tokens = await openTokens(auth, log);
    return {
      tls: identity,
      tokens,
      healthWithoutToken: auth.healthWithoutToken,
      close: () => {
        identity?.close();
        tokens?.close();
      },
    };
  } catch (error) {
    identity?.close();
    throw error;
  }
}

async function privateAccess(token: string, log: Logger): Promise<Access> {
  const entry = { name: 'private', token, sha256: null, expiresMs: null, maxSessions: null, maxProcesses: null };
  const make = (): TokenList => new TokenList([entry]);
  const tokens = await Reloaded.open({ what: 'Tokens', files: [], make, intervalMs: null, log });
  return { tls: null, tokens, healthWithoutToken: false, close: () => tokens.close() };
}

async function openTls(settings: Settings['tls'], log: Logger): Promise<Reloaded<TlsIdentity> | null> {
  const { certificatePath, keyPath, clientCaPath, reloadIntervalMs: intervalMs } = settings;
  if (certificatePath === null && keyPath === null && clientCaPath === null) return null;
  const files: NamedFile[] = [
    { path: required(certificatePath, 'tls.certificate'), setting: 'tls.certificate' },
    { path: required(keyPath, 'tls.key'), setting: 'tls.key' },
    ...(clientCaPath === null ? [] : [{ path: clientCaPath, setting: 'tls.client_ca' }]),
  ];
  const make = ([certificate = NOTHING, key = NOTHING, clientCa]: readonly Buffer[]): TlsIdentity => {
    const identity = checkTlsIdentity(certificate, key, clientCa ?? null);
    describe(identity, log);
    return identity;
  };
  return await Reloaded.open({ what: 'TLS certificate', files, make, intervalMs, log });
}

const NOTHING = Buffer.alloc(0);

function required(path: string | null, setting: string): string {
  if (path !== null) return path;
  throw new RemoteMediaError('config.invalid', `[tls] lacks ${setting}`, {
    hint: 'TLS needs tls.certificate and tls.key; tls.client_ca is an addition to them.',
  });
}

function describe({ subject, expiresMs, clientCa }: TlsIdentity, log: Logger): void {
  const until = new Date(expiresMs).toISOString();
  const clients = clientCa === null ? '' : '; clients need one, too';
  log.info(`TLS: certificate of ${subject}, valid until ${until}${clients}`);
  if (expiresMs < Date.now()) log.warn(`TLS: the certificate has expired, so clients will refuse it`);
  else if (expiresMs < Date.now() + EXPIRY_WARNING_MS) log.warn(`TLS: the certificate expires soon, at ${until}`);
}

async function openTokens(
  { tokensPath, tokensVariable, reloadIntervalMs: intervalMs }: Settings['auth'],
  log: Logger,
): Promise<Reloaded<TokenList> | null> {
  if (tokensPath === null && tokensVariable === null) return null;
  const fromVariable = tokensVariable === null ? [] : parseVariable(tokensVariable);
  const files = tokensPath === null ? [] : [{ path: tokensPath, setting: 'auth.tokens_file' }];
  const make = ([content]: readonly Buffer[]): TokenList => {
    const text = content?.toString('utf8') ?? null;
    const fromFile = text === null ? [] : parseTokens(text, `Tokens of ${tokensPath}`, 'auth.tokens_file');
    const tokens = new TokenList([...fromVariable, ...fromFile]);
    log.info(`Tokens: every call must send one of ${tokens.size}`);
    return tokens;
  };
  return await Reloaded.open({ what: 'Tokens', files, make, intervalMs: files.length === 0 ? null : intervalMs, log });
}

function parseVariable(name: string): ReturnType<typeof parseTokens> {
  const text = process.env[name] ?? '';
  if (text.trim() !== '')
    return parseTokens(text, `Tokens of the environment variable ${name}`, 'auth.tokens_variable');
  throw new RemoteMediaError('config.invalid', `The environment variable ${name} is empty, or there is none`, {
    hint: 'auth.tokens_variable names it: set it to a token, or take the setting away.',
  });
}
