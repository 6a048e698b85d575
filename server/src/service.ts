import { readFileSync, statSync } from 'node:fs';
import { Instance } from '@remotemedia/channel';
import { isRemoteMediaError, type Manifest, type ResolvedConfig, resolveConfig } from '@remotemedia/contract';
import type { ChannelInstance } from './channel/binding.js';
import { type ConfigSource, loadConfig } from './config-file.js';
import type { CallContext } from './grpc/context.js';
import { GrpcServer } from './grpc/grpc-server.js';
import { builtInRegistry } from './nodes/built-in.js';
import { loadNodeModules } from './nodes/load-modules.js';
import type { NodeRegistry } from './nodes/registry.js';
import { ServiceEvents } from './observe/events.js';
import { createLogger, type Logger } from './observe/logger.js';
import { Metrics } from './observe/metrics.js';
import type { PythonSetup } from './python-setup.js';
import { setUpPython } from './python-setup.js';
import { Catalog } from './session/catalog.js';
import { Pipelines } from './session/pipelines.js';
import { Sessions } from './session/sessions.js';

export interface ServiceOptions {
  /** Default: 127.0.0.1. */
  readonly host?: string;
  /** Default: 50051; 0: any free one. */
  readonly port?: number;
  /** Path of a runtime.toml, or what would stand in one. Default: none. */
  readonly config?: ConfigSource;
  /** Folder for relative paths of settings that come as an object. Default: the current one. */
  readonly baseDirectory?: string;
  /** Default: text on standard error, from level info. */
  readonly logger?: Logger;
  /** Where sessions have their files. Default: a folder of this user in shared memory. */
  readonly channelDirectory?: string;
  /** A client that has not read its results for this long is given up. Default: 60 s. */
  readonly stallTimeoutMs?: number;
}

export interface CloseOptions {
  /** True: what runs may finish. False (the default): it is cancelled. */
  readonly graceful?: boolean;
  /** How long running sessions may take to finish. Default: 30 s. */
  readonly deadlineMs?: number;
}

const DEFAULT_PORT = 50_051;
const STALL_TIMEOUT_MS = 60_000;
const DRAIN_DEADLINE_MS = 30_000;

/** A running service. */
export class Service {
  readonly host: string;
  readonly port: number;
  /** Settings without a manifest's. */
  readonly config: ResolvedConfig;
  readonly catalog: Catalog;
  readonly registry: NodeRegistry;
  readonly python: PythonSetup;
  readonly metrics: Metrics;
  readonly events: ServiceEvents;
  readonly #parts: ServiceParts;
  #closing: Promise<void> | null = null;

  /** @internal */
  constructor(parts: ServiceParts) {
    this.#parts = parts;
    this.host = parts.host;
    this.port = parts.server.port;
    this.config = parts.config;
    this.catalog = parts.pipelines.catalog;
    this.registry = parts.registry;
    this.python = parts.python;
    this.metrics = parts.metrics;
    this.events = parts.events;
  }

  /** `HOST:PORT`. */
  get address(): string {
    return this.host.includes(':') ? `[${this.host}]:${this.port}` : `${this.host}:${this.port}`;
  }

  /** Names of all node types that a manifest may use. */
  get nodeTypes(): string[] {
    return this.catalog.names();
  }

  /** Where this service has its shared memory; null: nowhere, only native nodes can run. */
  get channel(): { readonly id: string; readonly dir: string } | null {
    return this.#parts.channel;
  }

  /** Python processes of all sessions. */
  get processes(): { sessionId: string; nodeId: string; pid: number | null }[] {
    return this.#parts.sessions.running.flatMap(({ id, processes }) =>
      processes.map(({ nodeId, pid }) => ({ sessionId: id, nodeId, pid })),
    );
  }

  /** Ids of the sessions that run now. */
  get sessions(): string[] {
    return this.#parts.sessions.running.map(({ id }) => id);
  }

  /**
   * Checks a manifest (an object, or JSON or YAML text) without running it.
   *
   * @returns the manifest, complete, with its warnings
   * @throws RemoteMediaError `manifest.*` with every problem
   */
  validate(manifest: unknown): Manifest {
    return this.#parts.pipelines.read(manifest);
  }

  /** Ends the service; resolves when no process, file or port of it is left. Later calls wait for the same end. */
  close(options: CloseOptions = {}): Promise<void> {
    this.#closing ??= this.#close(options);
    return this.#closing;
  }

  async #close({ graceful = false, deadlineMs = DRAIN_DEADLINE_MS }: CloseOptions): Promise<void> {
    const { server, sessions, channel, log } = this.#parts;
    log.info(graceful ? 'Draining: no new sessions, those that run may finish' : 'Closing');
    await sessions.drain(graceful ? deadlineMs : 0);
    await server.close();
    await channel?.close();
    await log.flush();
  }
}

interface ServiceParts {
  readonly host: string;
  readonly config: ResolvedConfig;
  readonly registry: NodeRegistry;
  readonly python: PythonSetup;
  readonly pipelines: Pipelines;
  readonly sessions: Sessions;
  readonly server: GrpcServer;
  readonly channel: ChannelInstance | null;
  readonly metrics: Metrics;
  readonly events: ServiceEvents;
  readonly log: Logger;
}

/**
 * Starts a service: reads its settings, takes a place in shared memory (and sweeps what dead services left there), asks
 * Python for its nodes, and listens.
 *
 * @throws RemoteMediaError `config.invalid`
 * @throws Error when the address cannot be bound
 */
export async function startService(options: ServiceOptions = {}): Promise<Service> {
  const log = options.logger ?? createLogger({ level: 'info', format: 'text' });
  const { toml, baseDirectory } = await loadConfig(options.config ?? null, options.baseDirectory ?? process.cwd());
  const config = resolveConfig({ toml });
  const registry = builtInRegistry();
  await loadNodeModules(registry, config.native.modules, baseDirectory);
  const [channel, python] = await Promise.all([
    openChannel(options.channelDirectory, log),
    setUpPython(config, baseDirectory, log),
  ]);
  const metrics = new Metrics();
  const events = new ServiceEvents(log);
  const catalog = new Catalog(registry, python.nodes, python);
  for (const type of catalog.hidden())
    log.warn(`Python node type ${type} is hidden by the native one of the same name`);
  const sessions = new Sessions(config.limits);
  const pipelines = new Pipelines({
    host: { catalog, channel, pythonFor: (wanted) => python.runtimeFor(wanted), log, metrics, events },
    sessions,
    configOf: (manifest) => resolveConfig({ toml, manifest: manifest.metadata.multiprocess }),
  });
  const context: CallContext = {
    pipelines,
    log,
    version: readVersion(),
    maxMessageBytes: config.limits.maxMessageBytes,
    stallTimeoutMs: options.stallTimeoutMs ?? STALL_TIMEOUT_MS,
  };
  const host = options.host ?? '127.0.0.1';
  try {
    const server = await GrpcServer.listen({ host, port: options.port ?? DEFAULT_PORT, context });
    return new Service({ host, config, registry, python, pipelines, sessions, server, channel, metrics, events, log });
  } catch (error) {
    await channel?.close();
    throw error;
  }
}

/** Null: there is none on this machine, and only native nodes can run. */
async function openChannel(directory: string | undefined, log: Logger): Promise<ChannelInstance | null> {
  try {
    const instance = await Instance.open(directory);
    if (instance.swept > 0) log.info(`Removed what ${instance.swept} dead services had left behind`);
    return instance;
  } catch (error) {
    const text = isRemoteMediaError(error) || error instanceof Error ? error.message : String(error);
    log.error(`Shared memory cannot be used, so no Python node can run: ${text}`);
    return null;
  }
}

function readVersion(): CallContext['version'] {
  const packageJson = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return { runtime: packageJson.version, builtAt: statSync(new URL(import.meta.url)).mtime.toISOString() };
}
