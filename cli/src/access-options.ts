import { readFile } from 'node:fs/promises';
import type { ClientOptions } from '@remotemedia/client';
import { z } from 'zod';
import type { OptionText } from './command.js';
import type { Terminal } from './terminal.js';
import { UsageError } from './usage-error.js';

/** The environment variable with the token. There is no option for it: other users can read a command line. */
const TOKEN_VARIABLE = 'REMOTEMEDIA_TOKEN';

/** What goes with `--address`. */
export const ACCESS_OPTIONS: readonly OptionText[] = [
  { flags: '--tls', summary: `with --address: connect with TLS (a token is taken from ${TOKEN_VARIABLE})` },
  { flags: '--ca <file>', summary: 'with --address: TLS, with the authorities of this PEM file' },
  { flags: '--certificate <file>', summary: 'with --address: TLS, with this certificate of your own' },
  { flags: '--key <file>', summary: 'the key of --certificate' },
  {
    flags: '--server-name <name>',
    summary: "the name in the service's certificate, where it is not that of the address",
  },
];

export const accessInput = {
  tls: z.boolean().default(false),
  ca: z.string().optional(),
  certificate: z.string().optional(),
  key: z.string().optional(),
  serverName: z.string().optional(),
};

type AccessInput = z.infer<z.ZodObject<typeof accessInput>>;

/**
 * Reads the files that the options name, and the token.
 *
 * @throws UsageError when a file cannot be read
 */
export async function readAccess(
  { tls, ca, certificate, key, serverName }: AccessInput,
  env: Terminal['env'],
): Promise<ClientOptions> {
  const token = env[TOKEN_VARIABLE]?.trim() ?? '';
  const isTls = tls || [ca, certificate, key, serverName].some((option) => option !== undefined);
  const [caPem, certificatePem, keyPem] = await Promise.all([
    readPem('--ca', ca),
    readPem('--certificate', certificate),
    readPem('--key', key),
  ]);
  return {
    ...(token === '' ? {} : { token }),
    ...(isTls
      ? {
          tls: {
            ...(caPem === null ? {} : { ca: caPem }),
            ...(certificatePem === null ? {} : { certificate: certificatePem }),
            ...(keyPem === null ? {} : { key: keyPem }),
            ...(serverName === undefined ? {} : { serverName }),
          },
        }
      : {}),
  };
}

async function readPem(option: string, path: string | undefined): Promise<Buffer | null> {
  if (path === undefined) return null;
  try {
    return await readFile(path);
  } catch (error) {
    throw new UsageError(`${option}: ${error instanceof Error ? error.message : String(error)}`, 'name a PEM file');
  }
}
