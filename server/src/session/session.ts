import { setMaxListeners } from 'node:events';
import {
  type Frame,
  isRemoteMediaError,
  type Manifest,
  RemoteMediaError,
  type ResolvedConfig,
  toRemoteMediaError,
} from '@remotemedia/contract';
import type { ChannelDomain, ChannelInstance } from '../channel/binding.js';
import type { DataKinds } from '../nodes/node.js';
import type { ServiceEvents } from '../observe/events.js';
import type { Logger } from '../observe/logger.js';
import type { Metrics } from '../observe/metrics.js';
import { type Deferred, deferred } from '../process/deferred.js';
import { spawnTurn } from '../process/spawn-turn.js';
import type { PhaseReport } from '../process/start-phase.js';
import { TIMED_OUT, withTimeout } from '../process/with-timeout.js';
import type { Catalog } from './catalog.js';
import {
  dropReporter,
  fullReporter,
  logConnections,
  logConversions,
  logDrops,
  slowTransferReporter,
} from './connection-log.js';
import { type GapFinder, missingEngines } from './engine-gaps.js';
import { causedBy, describeFailure, isBrokenConnection, newLogId, ROOT_CAUSE_WAIT_MS, withLogId } from './failures.js';
import { acceptedBy } from './formats.js';
import type { Conversion, Graph, GraphNode } from './graph.js';
import type { Merge } from './merge.js';
import { NativeNode } from './native-node.js';
import { buildOverview, type SessionOverview } from './overview.js';
import { PythonNode, type PythonRuntime } from './python-node.js';
import { buildReport, type ReportFacts, type SessionReport } from './report.js';
import { isAlive, moveTo, type SessionState, type SessionStateName } from './session-state.js';
import { type InitProgress, StartProgress } from './start-progress.js';
import { openDomain, Wiring } from './wiring.js';

export type { InitProgress } from './start-progress.js';

/** What a session needs of its service. */
export interface SessionHost {
  readonly catalog: Catalog;
  /** Null: shared memory cannot be used on this machine. */
  readonly channel: ChannelInstance | null;
  /** The Python for a node type in a session with these settings. */
  readonly pythonFor: (config: ResolvedConfig, nodeType: string) => Promise<PythonRuntime>;
  /** What nodes lack on this machine. */
  readonly findGaps: GapFinder;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly events: ServiceEvents;
}

export interface SessionOptions {
  readonly id: string;
  readonly manifest: Manifest;
  readonly graph: Graph;
  /** What of the graph converts audio. Default: nothing. */
  readonly conversions?: readonly Conversion[];
  readonly config: ResolvedConfig;
  readonly host: SessionHost;
  /** `borrow`: the reader of results releases every frame. `copy`: it may keep them. */
  readonly results: 'copy' | 'borrow';
  readonly onProgress?: (progress: InitProgress) => void;
  /** Names the call that it belongs to. Default: the service's. */
  readonly log?: Logger;
  /** Called last of all, when nothing of the session is left. */
  readonly onGone: () => void;
}

/**
 * One run of a manifest. Its states: session-state.ts.
 *
 * It closes, in this order: the waits on its connections, its processes, its native nodes, its domain. Whatever ends it, a
 * session is over when `done` resolves: everything has been awaited, every process reaped, every file unlinked.
 */
export class Session {
  readonly id: string;
  readonly graph: Graph;
  readonly config: ResolvedConfig;
  readonly warnings: readonly string[];
  readonly #host: SessionHost;
  readonly #options: SessionOptions;
  readonly #log: Logger;
  readonly #abort = new AbortController();
  readonly #started: Deferred<void> = deferred();
  readonly #flushed: Deferred<void> = deferred();
  readonly #gone: Deferred<void> = deferred();
  readonly #startedAtMs = performance.now();
  readonly #startProgress: StartProgress;
  readonly #reportFull: (from: string, to: string) => void;
  readonly #reportDrops: (from: string, to: string) => void;
  readonly #pythons: PythonNode[] = [];
  readonly #natives: NativeNode[] = [];
  #state: SessionState = { name: 'initializing' };
  #opening: Promise<void> = Promise.resolve();
  #running: Promise<unknown> = Promise.resolve();
  #domain: ChannelDomain | null = null;
  #wiring: Wiring | null = null;
  #suspect: NodeJS.Timeout | null = null;
  #report: SessionReport | null = null;
  #gaps: Promise<RemoteMediaError> | null = null;

  constructor(options: SessionOptions) {
    this.id = options.id;
    this.graph = options.graph;
    this.config = options.config;
    this.warnings = options.manifest.warnings;
    this.#options = options;
    this.#host = options.host;
    this.#log = (options.log ?? options.host.log).child({ session: options.id });
    this.#reportFull = fullReporter(options.id, this.#log, options.host.events);
    this.#reportDrops = dropReporter(options.id, this.#log, options.host.events);
    this.#startProgress = new StartProgress((progress) => this.#tellProgress(progress));
    // Every node listens to it, and of those there may be many.
    setMaxListeners(0, this.#abort.signal);
    // Whoever does not wait for the start learns of its failure from `cause`.
    this.#started.promise.catch(() => undefined);
    this.#flushed.promise.catch(() => undefined);
    options.host.metrics.sessions.started += 1;
    options.host.events.emit({ type: 'session.started', session: this.id });
  }

  get state(): SessionStateName {
    return this.#state.name;
  }

  /** Why the session ended early; null: it has not. */
  get cause(): RemoteMediaError | null {
    return this.#state.name === 'error' || this.#state.name === 'terminating' ? this.#state.cause : null;
  }

  /** Resolves when nothing of the session is left. Never rejects. */
  get done(): Promise<void> {
    return this.#gone.promise;
  }

  /** Resolves when every node has ended in order; rejects with the cause when the session ends early. */
  get flushed(): Promise<void> {
    return this.#flushed.promise;
  }

  /** Looks back on the session; complete once it is flushed. */
  get report(): SessionReport {
    return this.#report ?? this.#buildReport();
  }

  /** Looks at what its processes have used so far; the report then has it. */
  async readUsage(): Promise<void> {
    await Promise.all(this.#pythons.map((node) => node.readUsage()));
  }

  /** The session as it is now, for whoever watches. */
  overview(): SessionOverview {
    return buildOverview({
      id: this.id,
      name: this.#options.manifest.metadata.name,
      state: this.state,
      ...this.#reportFacts(),
      capacity: this.config.channelCapacity,
      lossless: this.config.enableBackpressure,
      report: this.#report,
    });
  }

  /** Ids of the session's Python nodes with the processes they run in. */
  get processes(): { nodeId: string; pid: number | null }[] {
    return this.#pythons.map(({ id, pid }) => ({ nodeId: id, pid }));
  }

  /** Everything that sinks give. Its waits reject with the cause when the session ends early. */
  get results(): Merge {
    return this.#expectWiring().results;
  }

  /**
   * Starts every node at once; resolves when all are ready.
   *
   * @throws RemoteMediaError the first failure of any node; the session then ends by itself.
   */
  start(): Promise<void> {
    for (const id of this.nodeIds) this.#startProgress.begin(id, () => starting('preparing connections'));
    this.#opening = this.#open().then(
      () => this.#becomeReady(),
      (error: unknown) => this.fail(error),
    );
    return this.#started.promise;
  }

  /** Ids of the manifest's nodes: those that a client knows. */
  get nodeIds(): string[] {
    return this.graph.nodes.filter(({ bridges }) => bridges === null).map(({ id }) => id);
  }

  /** Kinds of data that a node takes. */
  inputKinds(nodeId: string): DataKinds {
    const node = this.graph.nodes.find(({ id }) => id === nodeId);
    return node === undefined ? [] : this.#host.catalog.expect(node.nodeType).inputs;
  }

  /** Gives a node a frame from outside. Undefined: done. A promise: it resolves when the node's connection has room. */
  send(nodeId: string, frame: Frame): Promise<void> | undefined {
    const port = this.#expectWiring().injection.get(nodeId);
    if (port === undefined) throw new RemoteMediaError('internal', `Node '${nodeId}' takes no input from outside`);
    if (this.#state.name === 'ready') this.#state = moveTo(this.#state, { name: 'executing' });
    return port.send(frame);
  }

  /** No more input from outside: everything is flushed, and the results end. */
  endInput(): void {
    if (this.#state.name === 'ready') this.#state = moveTo(this.#state, { name: 'executing' });
    if (!isAlive(this.#state)) return;
    for (const port of this.#expectWiring().injection.values()) {
      port.end().catch((error: unknown) => this.fail(error));
    }
  }

  /** Ends the session early, as its client or the service wishes. Later calls change nothing. */
  cancel(reason: RemoteMediaError): void {
    this.fail(reason);
  }

  /** Gives the processes of a session that is about to end no more time. */
  kill(): void {
    for (const node of this.#pythons) node.kill();
  }

  /** Takes note of a failure: the first ends the session, later ones are marked as caused by it. */
  fail(thrown: unknown): void {
    const cause = this.cause;
    if (thrown === cause) return;
    const logId = newLogId();
    const error = toRemoteMediaError(thrown, logId);
    if (!isRemoteMediaError(thrown)) this.#log.error(`Internal error ${logId}`, { err: thrown });
    if (!isAlive(this.#state)) {
      if (cause !== null) this.#logLater(error, cause);
      // The client no longer waits for an orderly end.
      else if (this.#state.name === 'terminating') for (const node of this.#pythons) void node.stop('abort');
      return;
    }
    if (isBrokenConnection(error)) this.#suspectOther(error);
    else this.#end(error);
  }

  #end(failure: RemoteMediaError | null): void {
    if (!isAlive(this.#state)) return;
    const cause = failure === null ? null : this.#logCause(failure);
    if (this.#suspect !== null) clearTimeout(this.#suspect);
    this.#state = moveTo(this.#state, { name: 'terminating', cause });
    this.#startProgress.stop();
    if (cause !== null) {
      this.#abort.abort(cause);
      this.#wiring?.interrupt(cause);
      this.#started.reject(cause);
      this.#flushed.reject(cause);
    }
    void this.#terminate(cause);
  }

  /** Whoever was at the other end of a broken connection has failed, and is about to be heard of. */
  #suspectOther(error: RemoteMediaError): void {
    this.#suspect ??= setTimeout(() => this.#end(error), ROOT_CAUSE_WAIT_MS);
  }

  async #open(): Promise<void> {
    const { graph, config, host } = { graph: this.graph, config: this.config, host: this.#host };
    const rules = {
      capacity: config.channelCapacity,
      maxBytes: config.shmSegmentBytes,
      lossless: config.enableBackpressure,
    };
    if (graph.inboxes > 1) {
      this.#domain = await openDomain(host.channel, graph, rules);
      this.#abort.signal.throwIfAborted();
    }
    const onTransfer = slowTransferReporter(this.id, this.#log, host.events);
    this.#wiring = new Wiring({
      graph,
      rules,
      results: this.#options.results,
      domain: this.#domain,
      metricsOf: (from, to) => host.metrics.connection({ session: this.id, from, to }),
      onFull: this.#reportFull,
      onDropping: this.#reportDrops,
      onTransfer,
    });
    logConnections(graph, this.#log);
    logConversions(this.#options.conversions ?? [], this.#log);
    await Promise.all(graph.nodes.map((node) => this.#openNode(node)));
  }

  /** Never rejects: the first failure ends the session, and that ends the others' start. */
  async #openNode(node: GraphNode): Promise<void> {
    try {
      await (node.kind === 'python' ? this.#startProcess(node) : this.#createNative(node));
      this.#startProgress.finish(node.id, 'ready', '');
    } catch (error) {
      if (isRemoteMediaError(error) && error.nodeId === node.id)
        this.#startProgress.finish(node.id, 'error', error.message);
      this.fail(isRemoteMediaError(error) && error.code === 'engine.missing' ? await this.#explainGaps(error) : error);
    }
  }

  /** The first node that lacks something makes one error of what all lack; asked once, and only then. */
  #explainGaps(error: RemoteMediaError): Promise<RemoteMediaError> {
    this.#gaps ??= this.#host.findGaps(this.graph.nodes, this.config, this.#abort.signal).then(
      (gaps) => (gaps.length === 0 ? error : missingEngines(gaps)),
      () => error,
    );
    return this.#gaps;
  }

  async #createNative(node: GraphNode): Promise<void> {
    const type = this.#host.catalog.expect(node.nodeType);
    if (type.kind !== 'native') throw new RemoteMediaError('internal', `${node.nodeType} is no native node type`);
    if (node.bridges === null) this.#startProgress.begin(node.id, () => starting('create() running'));
    const native = await NativeNode.create({
      sessionId: this.id,
      node,
      definition: type.definition,
      accepted: acceptedBy(type, node.params),
      mediaRoots: this.config.limits.mediaRoots,
      wiring: this.#expectWiring(),
      log: this.#log,
      signal: this.#abort.signal,
    });
    this.#natives.push(native);
  }

  async #startProcess(node: GraphNode): Promise<void> {
    const { events, metrics } = this.#host;
    const domain = this.#domain;
    if (domain === null) throw new RemoteMediaError('internal', `There is no shared memory for node '${node.id}'`);
    const type = this.#host.catalog.expect(node.nodeType);
    this.#startProgress.begin(node.id, () => starting('asking the interpreter'));
    const python = await this.#host.pythonFor(this.config, type.type);
    await spawnTurn();
    this.#abort.signal.throwIfAborted();
    const pythonNode = new PythonNode({
      sessionId: this.id,
      graph: this.graph,
      node,
      module: type.kind === 'python' ? type.python.module : null,
      domain,
      python,
      config: this.config,
      log: this.#log,
      metrics: metrics.processes,
      events,
      onProgress: (progress) => this.#startProgress.take(node.id, progress),
      onFull: (to) => {
        metrics.connection({ session: this.id, from: node.id, to }).fullEpisodes += 1;
        this.#reportFull(node.id, to);
      },
      onDropping: (from) => this.#reportDrops(from, node.id),
      onRescues: (rescues) => {
        metrics.rescues += rescues;
      },
      onFailure: (error) => this.fail(error),
    });
    this.#pythons.push(pythonNode);
    this.#startProgress.begin(node.id, () => {
      // A process whose control connection was closed by its own code notices that when something comes.
      pythonNode.nudge();
      return pythonNode.startPhase;
    });
    await pythonNode.start(this.#abort.signal);
  }

  #becomeReady(): void {
    if (!isAlive(this.#state)) return;
    this.#state = moveTo(this.#state, { name: 'ready' });
    this.#startProgress.stop();
    this.#log.info('All nodes initialized');
    const runs = this.#natives.map(({ runner }) => runner.run());
    const ends = this.#pythons.map(({ ended }) => ended);
    for (const run of runs) run.catch((error: unknown) => this.fail(error));
    this.#running = Promise.allSettled(runs);
    Promise.all([...runs, ...ends]).then(
      () => this.#end(null),
      () => undefined,
    );
    this.#started.resolve();
  }

  async #terminate(cause: RemoteMediaError | null): Promise<void> {
    const count = this.#pythons.filter(({ pid }) => pid !== null).length;
    if (count > 0) this.#log.info(`Terminating ${count} ${count === 1 ? 'process' : 'processes'}`);
    if (cause === null) await this.readUsage();
    this.#flushed.resolve();
    // A start that was given up ends by itself, and only then is it known which processes there are.
    await this.#opening;
    await Promise.all(this.#pythons.map((node) => node.stop(cause === null ? 'normal' : 'abort')));
    await this.#closeNatives();
    await this.#closeChannel();
    this.#finish(cause);
  }

  /** A native node that does not come back from its own code is left behind after the grace period. */
  async #closeNatives(): Promise<void> {
    const closing = this.#running.then(() => Promise.all(this.#natives.map((node) => node.close())));
    const closed = await withTimeout(closing, this.config.cleanupGracePeriodMs);
    if (closed === TIMED_OUT) this.#log.warn('A native node did not end within its grace period and is left behind');
  }

  /** Whatever the channel may throw here, the session ends. */
  async #closeChannel(): Promise<void> {
    try {
      logDrops(this.overview().connections, this.#log);
      this.#report = this.#buildReport();
      this.#wiring?.close();
      this.#host.metrics.rescues += this.#domain?.rescues() ?? 0;
    } catch (error) {
      this.#log.error(`Connections could not be closed: ${describeFailure(error)}`);
    }
    try {
      const killed = (await this.#domain?.close()) ?? 0;
      if (killed > 0) this.#log.warn(`${killed} processes that nodes had left behind were killed`);
    } catch (error) {
      this.#log.error(`Shared memory could not be removed: ${describeFailure(error)}`);
    }
  }

  #finish(cause: RemoteMediaError | null): void {
    this.#state = moveTo(this.#state, cause === null ? { name: 'terminated' } : { name: 'error', cause });
    const { metrics, events } = this.#host;
    metrics.sessions.ended += 1;
    if (cause !== null) metrics.sessions.failed += 1;
    metrics.forgetSession(this.id);
    events.emit({ type: 'session.ended', session: this.id, errorCode: cause?.code ?? null });
    this.#log.info(cause === null ? 'Terminated' : `Terminated after [${cause.code}]`);
    this.#options.onGone();
    this.#gone.resolve();
  }

  #buildReport(): SessionReport {
    return buildReport(this.#reportFacts());
  }

  #reportFacts() {
    return {
      wallMs: performance.now() - this.#startedAtMs,
      graph: this.graph,
      nativeTotals: new Map(this.#natives.map(({ id, runner }) => [id, runner.totals])),
      python: new Map(this.#pythons.map((node) => [node.id, node])),
      domain: this.#domain,
      connections: this.#host.metrics.connectionsOf(this.id),
    } satisfies ReportFacts;
  }

  #tellProgress(progress: InitProgress): void {
    this.#options.onProgress?.(progress);
    const { nodeId: node, status, fraction, message, elapsedMs } = progress;
    this.#host.events.emit({ type: 'node.progress', session: this.id, node, status, fraction, message, elapsedMs });
  }

  /** Logs the cause whole. One with a traceback comes back with the id it is logged under: a status has room for a part only. */
  #logCause(failure: RemoteMediaError): RemoteMediaError {
    const hasMore = failure.details.traceback !== undefined && failure.details.logId === undefined;
    const cause = hasMore ? withLogId(failure) : failure;
    const level = cause.code === 'session.cancelled' ? 'info' : 'error';
    const id = cause.details.logId === undefined ? '' : `Error ${cause.details.logId}: `;
    this.#log.log(level, id + describeFailure(cause), {
      code: cause.code,
      ...(cause.nodeId === null ? {} : { node: cause.nodeId }),
      details: cause.details,
    });
    return cause;
  }

  #logLater(error: RemoteMediaError, cause: RemoteMediaError): void {
    if (error.code === 'session.cancelled') return;
    const marked = causedBy(error, cause);
    this.#log.warn(`${describeFailure(marked)} (caused by [${cause.code}])`, {
      code: marked.code,
      details: marked.details,
    });
  }

  #expectWiring(): Wiring {
    if (this.#wiring === null) throw new RemoteMediaError('internal', `Session ${this.id} has no connections yet`);
    return this.#wiring;
  }
}

/** What a node does before it is asked anything itself. */
function starting(message: string): PhaseReport {
  return { status: 'starting', fraction: null, message };
}
