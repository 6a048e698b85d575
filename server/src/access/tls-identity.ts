import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { plainText, RemoteMediaError } from '@remotemedia/contract';

/** What a service needs for TLS, checked: the parts fit each other. */
export interface TlsIdentity {
  /** PEM: the certificate and its chain. */
  readonly certificate: Buffer;
  /** PEM. */
  readonly key: Buffer;
  /** PEM: who may sign the certificates of clients; null: clients need none. */
  readonly clientCa: Buffer | null;
  /** Whose certificate it is, for the log. */
  readonly subject: string;
  /** Milliseconds since 1970. */
  readonly expiresMs: number;
}

const CERTIFICATES = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * @throws RemoteMediaError `config.invalid` that says which file is at fault and quotes nothing of it
 */
export function checkTlsIdentity(certificate: Buffer, key: Buffer, clientCa: Buffer | null): TlsIdentity {
  const own = readCertificates(certificate, 'tls.certificate')[0];
  if (clientCa !== null) readCertificates(clientCa, 'tls.client_ca');
  const privateKey = readKey(key);
  if (own === undefined || !own.checkPrivateKey(privateKey)) {
    throw unusable('tls.key', 'is not the key of the certificate in tls.certificate');
  }
  try {
    createSecureContext({ cert: certificate, key, ...(clientCa === null ? {} : { ca: clientCa }) });
  } catch (cause) {
    // What OpenSSL says names a reason, never a byte of the files.
    throw unusable('tls.certificate', `cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  const subject = plainText(own.subject.replaceAll('\n', ', '), 200);
  return { certificate, key, clientCa, subject, expiresMs: Date.parse(own.validTo) };
}

function readCertificates(pem: Buffer, setting: string): X509Certificate[] {
  const blocks = pem.toString('latin1').match(CERTIFICATES) ?? [];
  if (blocks.length === 0) throw unusable(setting, 'has no certificate in PEM form');
  return blocks.map((block, index) => {
    try {
      return new X509Certificate(block);
    } catch {
      throw unusable(setting, `cannot be read: certificate ${index + 1} of ${blocks.length} is damaged`);
    }
  });
}

function readKey(pem: Buffer): ReturnType<typeof createPrivateKey> {
  try {
    return createPrivateKey(pem);
  } catch (error) {
    const isLocked = error instanceof Error && 'code' in error && error.code === 'ERR_MISSING_PASSPHRASE';
    throw unusable('tls.key', isLocked ? 'has a passphrase' : 'has no private key in PEM form');
  }
}

function unusable(setting: string, what: string): RemoteMediaError {
  return new RemoteMediaError('config.invalid', `The file of ${setting} ${what}`, {
    hint: 'Correct the files that [tls] of runtime.toml names; docs/guide/security.md shows how to make them.',
  });
}
