import { randomBytes } from 'node:crypto';
import { RemoteMediaError } from '@remotemedia/contract';
import type { LogFormat, LogLevel, Service, ServiceEvent } from '@remotemedia/server';
import { runtimeDirectory } from '@remotemedia/server/admin';
import { configPath } from './config-path.js';
import { withSnakeKeys } from './snake-case.js';
import type { Terminal } from './terminal.js';
import { UsageError } from './usage-error.js';

export type { Service, ServiceEvent } from '@remotemedia/server';

export interface StartOptions {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** Path of runtime.toml; null: the one of the current folder, or the defaults where there is none. */
  readonly configPath: string | null;
  /** Null: from the environment, else `info`. */
  readonly logLevel: LogLevel | null;
  readonly logFormat: LogFormat;
  /** It may be open to other machines with nothing to guard it. */
  readonly insecure?: boolean;
  /** The one token that opens it; without one the settings count. */
  readonly privateToken?: string;
}

/** Starts a service in this process. */
export async function startService(options: StartOptions, env: Terminal['env']): Promise<Service> {
  // Loaded here and not at the top: a command for a running service starts faster without the server.
  const server = await import('@remotemedia/server');
  const { level, problem } = server.resolveLogLevel(options.logLevel, env);
  const logger = server.createLogger({ level, format: options.logFormat });
  if (problem !== null) logger.warn(problem);
  const { host, port, insecure = false, privateToken } = options;
  const config = configPath(options.configPath);
  const channelDirectory = runtimeDirectory(env);
  try {
    return await server.startService({
      host,
      port,
      config,
      logger,
      channelDirectory,
      insecure,
      ...(privateToken === undefined ? {} : { privateToken }),
    });
  } catch (error) {
    throw addressError(error, host, port) ?? error;
  }
}

/**
 * Starts a service on a free port of the loopback interface, uses it, and ends it, whatever happened. Only whoever has the
 * token that `use` gets can call it: neither other users of this machine, nor the clients that the settings are made for.
 */
export async function withService<T>(
  { configPath, logLevel }: { readonly configPath: string | null; readonly logLevel: LogLevel },
  { env, signal, onSecondSignal }: Terminal,
  use: (service: Service, token: string) => Promise<T> | T,
): Promise<T> {
  const privateToken = randomBytes(32).toString('base64url');
  const options = { host: '127.0.0.1', port: 0, configPath, logLevel, logFormat: 'text', privateToken } as const;
  const service = await startService(options, env);
  onSecondSignal(() => service.close({ kill: true }));
  try {
    if (signal.aborted) throw new RemoteMediaError('session.cancelled', 'Interrupted', { hint: null });
    return await use(service, privateToken);
  } finally {
    await service.close();
  }
}

/** An event as `serve --json` prints it, with the keys of the wire. */
export function toEventLine({ type, ...facts }: ServiceEvent): object {
  return { event: type, ...(withSnakeKeys(facts) as object) };
}

/** A port that is taken or an address that is not ours: the command line's mistake, not a bug. */
function addressError(error: unknown, host: string, port: number): UsageError | null {
  const text = error instanceof Error ? error.message : '';
  if (text.includes('EADDRINUSE')) {
    return new UsageError(`port ${port} of ${host} is taken`, 'choose another with --port; 0 picks a free one');
  }
  if (/EADDRNOTAVAIL|ENOTFOUND|EAI_AGAIN/.test(text)) {
    return new UsageError(`${host} is no address of this machine`, 'listen on 127.0.0.1, or on 0.0.0.0 for all');
  }
  return /EACCES/.test(text) ? new UsageError(`port ${port} needs more rights`, 'choose a port above 1023') : null;
}
