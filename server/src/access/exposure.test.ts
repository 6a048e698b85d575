import { isRemoteMediaError, type RemoteMediaError, resolveConfig } from '@remotemedia/contract';
import { describe, expect, test } from 'vitest';
import { createLogger } from '../observe/logger.js';
import { checkExposure, isLoopback } from './exposure.js';

const TLS = { certificate: '/c.pem', key: '/k.pem' };
const TOKENS = { tokens_file: '/t.toml' };

/** What is logged, or what it is refused with. */
async function outcome(host: string, toml: object, isInsecure = false): Promise<string[] | RemoteMediaError> {
  const written: string[] = [];
  const log = createLogger({ level: 'debug', format: 'text', writer: { write: (text) => written.push(text) } });
  try {
    await checkExposure(host, resolveConfig({ toml }), isInsecure, log);
    return written;
  } catch (error) {
    if (isRemoteMediaError(error)) return error;
    throw error;
  }
}

describe('where a service may listen', () => {
  test.each(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1', 'localhost'])('%s is loopback', async (host) => {
    expect(await isLoopback(host)).toBe(true);
    expect(await outcome(host, {})).toEqual([]);
  });

  test.each(['0.0.0.0', '::', '::ffff:10.0.0.1', '10.0.0.1', '128.0.0.1', 'fe80::1'])('%s is not', async (host) => {
    expect(await isLoopback(host)).toBe(false);
    expect(await outcome(host, {})).toMatchObject({
      code: 'config.invalid',
      message: expect.stringContaining(`Other machines could reach the service on ${host}`),
      hint: expect.stringMatching(/\[tls\] certificate and key.*\[auth\] tokens_file or tokens_variable.*--insecure/),
    });
  });

  test('a name without an address is not taken for loopback: a moment later it may have one', async () => {
    await expect(isLoopback('no-such-host.invalid')).rejects.toThrow(/ENOTFOUND|EAI_AGAIN/);
  });

  test.each([
    ['nothing, but insecure', {}, true, ['Insecure, as --insecure says: Anybody who reaches 0.0.0.0']],
    ['tokens', { auth: TOKENS }, false, ['clear text, and so do the tokens']],
    ['a token of the environment', { auth: { tokens_variable: 'T' } }, false, ['clear text, and so do the tokens']],
    ['TLS', { tls: TLS }, false, ['Anybody who reaches 0.0.0.0 can run pipelines here: with [tls] alone']],
    ['TLS and tokens', { tls: TLS, auth: TOKENS }, false, []],
    ['TLS and tokens, and insecure', { tls: TLS, auth: TOKENS }, true, []],
    ['mutual TLS', { tls: { ...TLS, client_ca: '/a.pem' } }, false, []],
  ])(
    'guarded by %s it listens on all addresses, with a word on what stays open',
    async (_, toml, isInsecure, words) => {
      const lines = await outcome('0.0.0.0', toml, isInsecure);
      expect(lines).toEqual(words.map((text) => expect.stringContaining(text)));
      for (const line of Array.isArray(lines) ? lines : []) expect(line).toMatch(/^\[WARN\] /);
    },
  );
});
