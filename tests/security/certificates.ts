import { generateKeyPairSync, randomBytes } from 'node:crypto';
import forge from 'node-forge';

/** In PEM form. */
export interface Identity {
  readonly certificate: string;
  readonly key: string;
}

export interface IdentityOptions {
  /** Default: in an hour. */
  readonly notAfter?: Date;
  /** Names and addresses that it is for. Default: those of loopback. */
  readonly names?: readonly string[];
}

const LOOPBACK = ['localhost', '127.0.0.1'];
const HOUR_MS = 3_600_000;

/** An authority that signs certificates, made for one test. */
export class Authority {
  readonly #keys = newKeys();
  readonly #name: string;
  /** PEM. */
  readonly certificate: string;

  constructor(name: string) {
    this.#name = name;
    const certificate = this.#newCertificate(name, this.#keys.publicKey, new Date(Date.now() + HOUR_MS));
    certificate.setExtensions([{ name: 'basicConstraints', cA: true, critical: true }]);
    this.certificate = this.#sign(certificate);
  }

  issue(name: string, { notAfter = new Date(Date.now() + HOUR_MS), names = LOOPBACK }: IdentityOptions = {}): Identity {
    const { publicKey, privateKeyPem } = newKeys();
    const certificate = this.#newCertificate(name, publicKey, notAfter);
    const altNames = names.map((each) => (/^[\d.]+$/.test(each) ? { type: 7, ip: each } : { type: 2, value: each }));
    certificate.setExtensions([
      { name: 'basicConstraints', cA: false },
      { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
      { name: 'subjectAltName', altNames },
    ]);
    return { certificate: this.#sign(certificate), key: privateKeyPem };
  }

  #newCertificate(name: string, publicKey: forge.pki.PublicKey, notAfter: Date): forge.pki.Certificate {
    const certificate = forge.pki.createCertificate();
    certificate.publicKey = publicKey;
    certificate.serialNumber = `01${randomBytes(8).toString('hex')}`;
    certificate.validity.notBefore = new Date(Date.now() - HOUR_MS);
    certificate.validity.notAfter = notAfter;
    certificate.setSubject([{ name: 'commonName', value: name }]);
    certificate.setIssuer([{ name: 'commonName', value: this.#name }]);
    return certificate;
  }

  #sign(certificate: forge.pki.Certificate): string {
    certificate.sign(this.#keys.privateKey, forge.md.sha256.create());
    return forge.pki.certificateToPem(certificate);
  }
}

/** Node makes them in a tenth of the time that forge needs. */
function newKeys() {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return {
    publicKey: forge.pki.publicKeyFromPem(publicKey),
    privateKey: forge.pki.privateKeyFromPem(privateKey),
    privateKeyPem: privateKey,
  };
}
