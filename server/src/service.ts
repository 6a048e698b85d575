import { statSync } from 'node:fs';
import { findOwnerless, Instance } from '@remotemedia/channel';
import { isRemoteMediaError, type Manifest, type ResolvedConfig, resolveConfig, wire } from '@remotemedia/contract';
import { type Access, openAccess } from './access/access.js';
import { checkExposure } from './access/exposure.js';
import { AdminServer } from './admin/admin-server.js';
import { readStatus, type StatusSource } from './admin/read-status.js';
import type { ChannelInstance } from './channel/binding.js';
import { type ConfigSource, loadConfig } from './config-file.js';
import type { CallContext } from './grpc/context.js';
import { GrpcServer, type Keepalive } from './grpc/grpc-server.js';
import type { HealthStatus } from './grpc/health.js';
import { builtInRegistry } from './nodes/built-in.js';
import { loadNodeModules } from './nodes/load-modules.js';
import type { NodeRegistry } from './nodes/registry.js';
import { ServiceEvents } from './observe/events.js';
import { createLogger, type Logger } from './observe/logger.js';
import { Metrics } from './observe/metrics.js';
import { packageVersion } from './package-version.js';
import type { PythonSetup } from './python-setup.js';
import { findPythonGaps, setUpPython } from './python-setup.js';
import { DescriptorBudget } from './session/budget.js';
import { Catalog } from './session/catalog.js';
import { findEngineGaps, type GapFinder, type NodeGaps } from './session/engine-gaps.js';
import type { Conversion } from './session/graph.js';
import { Pipelines } from './session/pipelines.js';
import { Sessions } from './session/sessions.js';
import { SharedMemoryLimit } from './session/shared-memory-limit.js';

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
  /** A client that has not read its results for this long is given up. Default: `service.stall_timeout_secs`. */
  readonly stallTimeoutMs?: number;
  /** How a client that is gone without a word is noticed. Default: a ping every 30 s, 10 s for the answer. */
  readonly keepalive?: Keepalive;
  /** True: it may listen beyond loopback with neither TLS nor tokens, where whoever reaches it can use it. */
  readonly insecure?: boolean;
  /** Only this token opens the service, without TLS, whatever its settings say: for one program's own, on loopback. */
  readonly privateToken?: string;
}

export interface CloseOptions {
  /** True: what runs may finish. False (the default): it is cancelled. */
  readonly graceful?: boolean;
  /** How long running sessions may take to finish. Default: `service.drain_timeout_secs`. */
  readonly deadlineMs?: number;
  /** True: node processes get no time to clean up. Not with `graceful`. */
  readonly kill?: boolean;
}

const DEFAULT_PORT = 50_051;

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
  readonly #startedAt = new Date();
  #admin: AdminServer | null = null;
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

  /** The nodes of a valid manifest that lack something on this machine: packages, programs, weights. */
  findGaps(manifest: Manifest): Promise<readonly NodeGaps[]> {
    return this.#parts.pipelines.findGaps(manifest);
  }

  /** What of a valid manifest's audio would be converted on its way. */
  planConversions(manifest: Manifest): readonly Conversion[] {
    return this.#parts.pipelines.planConversions(manifest);
  }

  /** @internal Makes the service visible to `remotemedia ps`. */
  async openAdmin(): Promise<void> {
    const { channel, log } = this.#parts;
    if (channel === null) return;
    const source = this.#statusSource(channel.id);
    this.#admin = await AdminServer.open(channel.dir, () => readStatus(source), log);
  }

  #statusSource(instance: string): StatusSource {
    const { sessions, config, version } = this.#parts;
    const { limits } = config;
    const found = this.python.interpreter;
    return {
      version,
      address: this.address,
      startedAt: this.#startedAt,
      instance,
      interpreter:
        found === null
          ? null
          : {
              executable: found.executable,
              version: found.version,
              sdk_version: found.sdkVersion,
              origin: found.origin,
            },
      state: () => (this.#closing === null ? 'serving' : 'draining'),
      nodeTypes: () => this.nodeTypes.length,
      metrics: () => this.metrics,
      use: () => ({
        sessions: { used: sessions.running.length, limit: limits.maxSessions },
        processes: { used: sessions.processes, limit: limits.maxProcesses },
        maxSharedMemoryBytes: limits.maxSharedMemoryBytes,
      }),
      sessions: () => sessions.running.map((session) => session.overview()),
    };
  }

  /**
   * Ends the service; resolves when no process, file or port of it is left.
   *
   * The port stays open while sessions finish: health says NOT_SERVING, and new sessions are refused. A later call waits
   * for the same end, and hastens it when it is not graceful or has an earlier deadline.
   */
  close(options: CloseOptions = {}): Promise<void> {
    const { sessions, config } = this.#parts;
    const { graceful = false, deadlineMs = config.service.drainTimeoutMs, kill = false } = options;
    const timeMs = graceful ? deadlineMs : 0;
    if (this.#closing === null) this.#closing = this.#close(timeMs);
    else void sessions.drain(timeMs);
    if (kill) sessions.kill();
    return this.#closing;
  }

  async #close(timeMs: number): Promise<void> {
    const { server, access, sessions, channel, log } = this.#parts;
    log.info(timeMs > 0 ? 'Draining: no new sessions, those that run may finish' : 'Closing');
    server.drain();
    await sessions.drain(timeMs);
    await server.close();
    access.close();
    await this.#admin?.close();
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
  readonly access: Access;
  readonly channel: ChannelInstance | null;
  readonly version: string;
  readonly metrics: Metrics;
  readonly events: ServiceEvents;
  readonly log: Logger;
}

/**
 * Starts a service: reads its settings, takes a place in shared memory (and sweeps what dead services left there), asks
 * Python for its nodes, and listens.
 *
 * @throws RemoteMediaError `config.invalid`, also when other machines could reach it and nothing guards it
 * @throws Error when the address cannot be bound
 */
export async function startService(options: ServiceOptions = {}): Promise<Service> {
  const log = options.logger ?? createLogger({ level: 'info', format: 'text' });
  const { toml, baseDirectory, path } = await loadConfig(
    options.config ?? null,
    options.baseDirectory ?? process.cwd(),
  );
  if (path !== null) log.info(`Configuration: ${path}`);
  const config = resolveConfig({ toml });
  const host = options.host ?? '127.0.0.1';
  await checkExposure(host, config, options.insecure ?? false, log);
  const registry = builtInRegistry();
  await loadNodeModules(registry, config.native.modules, baseDirectory);
  const descriptors = new DescriptorBudget();
  const sessions = new Sessions(config.limits, descriptors);
  const [opened, python, { Health }] = await Promise.all([
    openChannel(options.channelDirectory, log),
    setUpPython(config, baseDirectory, log),
    // Takes a tenth of a second, and Python longer.
    import('./grpc/health.js'),
  ]);
  const metrics = new Metrics();
  const events = new ServiceEvents(log);
  const catalog = new Catalog(registry, python.nodes, python);
  for (const type of catalog.hidden())
    log.warn(`Python node type ${type} is hidden by the native one of the same name`);
  const channel = opened === null ? null : withLimit(opened, config, sessions);
  const findGaps: GapFinder = (nodes, wanted, signal) =>
    findEngineGaps(nodes, catalog, (pythons) => findPythonGaps(python, wanted, pythons, signal));
  const pipelines = new Pipelines({
    host: {
      catalog,
      channel,
      pythonFor: (wanted, nodeType) => python.runtimeFor(wanted, nodeType),
      findGaps,
      log,
      metrics,
      events,
    },
    sessions,
    autoConvert: config.autoConvert,
    configOf: (manifest) => resolveConfig({ toml, manifest: manifest.metadata.multiprocess, baseDirectory }),
  });
  const context: CallContext = {
    pipelines,
    log,
    version: readVersion(),
    maxMessageBytes: config.limits.maxMessageBytes,
    stallTimeoutMs: options.stallTimeoutMs ?? config.service.stallTimeoutMs,
    metricsIntervalMs: config.service.metricsIntervalMs,
    caps: config.limits,
  };
  let access: Access | null = null;
  try {
    access = await openAccess(config, options.privateToken ?? null, log);
    const health = new Health(healthOf(catalog, python));
    const server = await GrpcServer.listen({
      host,
      port: options.port ?? DEFAULT_PORT,
      context,
      access,
      health,
      descriptors,
      keepalive: options.keepalive,
    });
    const version = context.version.runtime;
    const parts = {
      host,
      config,
      registry,
      python,
      pipelines,
      sessions,
      server,
      access,
      channel,
      version,
      metrics,
      events,
      log,
    };
    const service = new Service(parts);
    await service.openAdmin();
    return service;
  } catch (error) {
    access?.close();
    await channel?.close();
    throw error;
  }
}

/** Node types by their names; of a module that could not be imported nothing is known but its own. */
function healthOf(catalog: Catalog, { moduleErrors }: PythonSetup): [string, HealthStatus][] {
  const services = [wire.PipelineExecutionServiceDefinition, wire.StreamingPipelineServiceDefinition];
  return [
    ...moduleErrors.map(({ module }): [string, HealthStatus] => [module, 'NOT_SERVING']),
    ...services.map(({ fullName }): [string, HealthStatus] => [fullName, 'SERVING']),
    ...catalog.names().map((name): [string, HealthStatus] => [name, 'SERVING']),
  ];
}

function withLimit(channel: ChannelInstance, config: ResolvedConfig, sessions: Sessions): ChannelInstance {
  const maxBytes = config.limits.maxSharedMemoryBytes;
  if (maxBytes === null) return channel;
  return new SharedMemoryLimit(channel, maxBytes, (prefix, reason) => {
    sessions.running.find((session) => session.overview().prefix === prefix)?.cancel(reason);
  });
}

/** Null: there is none on this machine, and only native nodes can run. */
async function openChannel(directory: string | undefined, log: Logger): Promise<ChannelInstance | null> {
  try {
    const instance = await Instance.open(directory);
    if (instance.swept > 0) log.info(`Removed what ${instance.swept} dead services had left behind`);
    const ownerless = await findOwnerless(directory);
    if (ownerless.length > 0)
      log.warn(
        `Shared memory of dead services without a folder here is left: ${ownerless.join(', ')}; remove it: remotemedia clean --ownerless`,
      );
    return instance;
  } catch (error) {
    const text = isRemoteMediaError(error) || error instanceof Error ? error.message : String(error);
    log.error(`Shared memory cannot be used, so no Python node can run: ${text}`);
    return null;
  }
}

function readVersion(): CallContext['version'] {
  return { runtime: packageVersion(), builtAt: statSync(new URL(import.meta.url)).mtime.toISOString() };
}
