import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { RemoteMediaError, type ResolvedConfig } from '@remotemedia/contract';
import type { Logger } from '../observe/logger.js';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/**
 * Refuses to open an unguarded service to other machines, and warns of what a guard leaves open.
 *
 * @param isInsecure the operator wants it all the same.
 * @throws RemoteMediaError `config.invalid`
 * @throws Error `ENOTFOUND` and the like when the host is a name without an address
 */
export async function checkExposure(
  host: string,
  { tls, auth }: Pick<ResolvedConfig, 'tls' | 'auth'>,
  isInsecure: boolean,
  log: Logger,
): Promise<void> {
  if (await isLoopback(host)) return;
  const hasTls = tls.certificatePath !== null;
  const hasTokens = auth.tokensPath !== null || auth.tokensVariable !== null;
  const anybody = `Anybody who reaches ${host} can run pipelines here`;
  const readable = 'Data travels in clear text';
  if (!hasTls && !hasTokens) {
    if (!isInsecure) throw unguarded(host);
    log.warn(`Insecure, as --insecure says: ${anybody}. ${readable}`);
  } else if (!hasTls) {
    log.warn(`${readable}, and so do the tokens: without [tls], let nobody reach ${host} but over an encrypted way`);
  } else if (!hasTokens && tls.clientCaPath === null) {
    log.warn(`${anybody}: with [tls] alone connections are encrypted, but open to all; see [auth] and tls.client_ca`);
  }
}

/**
 * True: only programs of this machine reach it. A name counts by all addresses it has.
 *
 * @throws Error when a name has no address. It is not taken for loopback: a moment later it may have one.
 */
export async function isLoopback(host: string): Promise<boolean> {
  if (isIP(host) !== 0) return isLoopbackAddress(host);
  const addresses = await lookup(host, { all: true });
  return addresses.every(({ address }) => isLoopbackAddress(address));
}

function isLoopbackAddress(address: string): boolean {
  // As addresses of IPv6 write those of IPv4.
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  return LOOPBACK.check(plain, isIP(plain) === 6 ? 'ipv6' : 'ipv4');
}

function unguarded(host: string): RemoteMediaError {
  const text = `Other machines could reach the service on ${host}, and nothing guards it: there is neither TLS nor a token`;
  return new RemoteMediaError('config.invalid', text, {
    hint: 'One of three: set [tls] certificate and key in runtime.toml, set [auth] tokens_file or tokens_variable, or start with --insecure where the network itself lets nobody in. On 127.0.0.1 none is needed.',
  });
}
