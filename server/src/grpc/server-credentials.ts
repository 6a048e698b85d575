import { experimental, ServerCredentials } from '@grpc/grpc-js';
import type { Reloaded } from '../access/reloaded.js';
import type { TlsIdentity } from '../access/tls-identity.js';

type Provider = experimental.CertificateProvider;
type IdentityListener = experimental.IdentityCertificateUpdateListener;
type CaListener = experimental.CaCertificateUpdateListener;

/**
 * What a server shows its clients and wants of them, as it is whenever a connection begins. Connections that are there go on
 * with what they began with.
 *
 * @param tls null: connections are not encrypted.
 */
export function serverCredentials(tls: Reloaded<TlsIdentity> | null): ServerCredentials {
  if (tls === null) return ServerCredentials.createInsecure();
  const provider = new CheckedProvider(tls);
  const wantsClients = tls.value.clientCa !== null;
  // The declaration of grpc-js calls the first two the other way round; the tests of both kinds of TLS hold this order.
  return experimental.createCertificateProviderServerCredentials(
    provider,
    wantsClients ? provider : null,
    wantsClients,
  );
}

/**
 * Gives grpc-js identities that have been checked. Its own provider for files takes whatever stands in them: an unreadable
 * key would close the service to everybody.
 */
class CheckedProvider implements Provider {
  readonly #tls: Reloaded<TlsIdentity>;
  readonly #listeners = new Map<IdentityListener | CaListener, () => void>();

  constructor(tls: Reloaded<TlsIdentity>) {
    this.#tls = tls;
  }

  addIdentityCertificateListener(listener: IdentityListener): void {
    this.#add(listener, ({ certificate, key }) => listener({ certificate, privateKey: key }));
  }

  removeIdentityCertificateListener(listener: IdentityListener): void {
    this.#remove(listener);
  }

  addCaCertificateListener(listener: CaListener): void {
    this.#add(listener, ({ clientCa }) => listener(clientCa === null ? null : { caCertificate: clientCa }));
  }

  removeCaCertificateListener(listener: CaListener): void {
    this.#remove(listener);
  }

  /** The first word comes a little later: grpc-js begins to listen to itself only after this. */
  #add(listener: IdentityListener | CaListener, tell: (identity: TlsIdentity) => void): void {
    this.#listeners.set(listener, this.#tls.onChange(tell));
    process.nextTick(() => tell(this.#tls.value));
  }

  #remove(listener: IdentityListener | CaListener): void {
    this.#listeners.get(listener)?.();
    this.#listeners.delete(listener);
  }
}
