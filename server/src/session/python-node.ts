import type { RemoteMediaError, ResolvedConfig, ServiceLine } from '@remotemedia/contract';
import type { ServiceEvents } from '../observe/events.js';
import type { LogLevel } from '../observe/level.js';
import type { Logger } from '../observe/logger.js';
import type { ProcessMetrics } from '../observe/metrics.js';
import { deferred } from '../process/deferred.js';
import type { ExitReport } from '../process/exit-report.js';
import type { ProcessStateName } from '../process/process-state.js';
import { sessionEnvironment } from '../process/python-environment.js';
import { type ProcessProgress, PythonProcess } from '../process/python-process.js';
import type { PhaseReport } from '../process/start-phase.js';
import type { StopMode } from '../process/stop-sequence.js';
import { type Graph, type GraphNode, sendersBehind } from './graph.js';
import type { NodeTotals } from './native-runner.js';
import { type ProcessUsage, readUsage } from './usage.js';

type ConfigureMessage = Extract<ServiceLine, { type: 'configure' }>;

/** The Python that a service uses: found and asked once, at its start. */
export interface PythonRuntime {
  /** `sys.executable` of the interpreter. */
  readonly executable: string;
  /** Folder that node processes start in. */
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Folders that node classes are imported from, absolute. */
  readonly modulePaths: readonly string[];
  readonly modules: readonly string[];
}

export interface PythonNodeOptions {
  readonly sessionId: string;
  readonly graph: Graph;
  readonly node: GraphNode;
  /** The Python module that registers its type; null when that is not known. */
  readonly module: string | null;
  readonly domain: { readonly root: string; readonly prefix: string };
  readonly python: PythonRuntime;
  readonly config: ResolvedConfig;
  readonly log: Logger;
  readonly metrics: ProcessMetrics;
  readonly events: ServiceEvents;
  readonly onProgress: (progress: ProcessProgress) => void;
  /** A connection of the node has become full. */
  readonly onFull: (to: string) => void;
  /** Messages to the node give way to newer ones. */
  readonly onDropping: (from: string) => void;
  /** Wake-ups that only the safety check of its process had found. */
  readonly onRescues: (rescues: number) => void;
  /** The node failed after it was ready and before it was stopped. */
  readonly onFailure: (error: RemoteMediaError) => void;
}

const NUDGE_MS = 1000;

/** One Python node of a session, in a process of its own. */
export class PythonNode {
  readonly id: string;
  /** What the node says it did; null until its input has ended. */
  totals: NodeTotals | null = null;
  /** What its process had used when it was last looked at; null: never. */
  usage: ProcessUsage | null = null;
  readonly #options: PythonNodeOptions;
  readonly #process: PythonProcess;
  readonly #ended = deferred<void>();

  constructor(options: PythonNodeOptions) {
    const { node, python, config, log, metrics } = options;
    this.id = node.id;
    this.#options = options;
    this.#process = new PythonProcess({
      executable: python.executable,
      configure: configureMessage(options),
      cwd: python.cwd,
      env: sessionEnvironment(python.env, options.domain.prefix),
      initTimeoutMs: config.initTimeoutMs,
      initTimeoutLayer: config.layers['multiprocess.init_timeout_secs'],
      cleanupGracePeriodMs: config.cleanupGracePeriodMs,
      log,
      metrics,
      callbacks: {
        onProgress: options.onProgress,
        onFull: (_edge, to) => options.onFull(to),
        onDropping: options.onDropping,
        onEnded: ({ items_in: itemsIn, items_out: itemsOut, output_kinds: outputKinds = {}, left_out, ...rest }) => {
          this.totals = { itemsIn, itemsOut, outputKinds, leftOut: left_out ?? {}, processMs: rest.process_ms };
          options.onRescues(rest.rescues);
          this.#ended.resolve();
        },
        onFailure: options.onFailure,
        onExit: (report) => this.#tellExit(report),
      },
    });
  }

  /** Null: not started, or could not be. */
  get pid(): number | null {
    return this.#process.pid;
  }

  get state(): ProcessStateName {
    return this.#process.state;
  }

  /** What its start is doing, with how long it has done that. */
  get startPhase(): PhaseReport {
    return this.#process.startPhase;
  }

  /** Resolves when all its input has ended, it has flushed, and what it sent was taken. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** @throws RemoteMediaError why the node did not become ready */
  async start(signal: AbortSignal): Promise<void> {
    const { sessionId: session, events } = this.#options;
    const starting = this.#process.start(signal);
    const pid = this.#process.pid;
    if (pid !== null) events.emit({ type: 'process.started', session, node: this.id, pid });
    const { startMs } = await starting;
    if (pid !== null) events.emit({ type: 'process.ready', session, node: this.id, pid, startMs });
  }

  /** Sends the process a ping, whose answer nobody waits for. */
  nudge(): void {
    void this.#process.ping(NUDGE_MS);
  }

  /** Resolves when the process is reaped. Never rejects. */
  async stop(mode: StopMode): Promise<void> {
    await this.#process.stop(mode);
  }

  /** Ends the process without a grace period; `stop` waits for its end. */
  kill(): void {
    this.#process.kill();
  }

  async readUsage(): Promise<void> {
    if (this.pid !== null) this.usage = (await readUsage(this.pid)) ?? this.usage;
  }

  #tellExit({ pid, reason }: ExitReport): void {
    if (pid === null) return;
    const exitCode = reason.kind === 'exit' ? reason.code : null;
    const signal = reason.kind === 'signal' ? reason.signal : null;
    const { sessionId: session, events } = this.#options;
    events.emit({ type: 'process.exited', session, node: this.id, pid, exitCode, signal });
  }
}

function configureMessage({
  sessionId,
  graph,
  node,
  module,
  domain,
  python,
  config,
  log,
}: PythonNodeOptions): ConfigureMessage {
  const inputs: ConfigureMessage['inputs'] = [];
  const outputs: ConfigureMessage['outputs'] = [];
  const senders = sendersBehind(graph);
  for (const { from, to, channelEdge, kinds } of graph.edges) {
    if (channelEdge === null) continue;
    if (to === node.id) inputs.push({ edge: channelEdge, from: senders.get(from) ?? from });
    if (from === node.id) outputs.push({ edge: channelEdge, to, ...(kinds === null ? {} : { kinds: [...kinds] }) });
  }
  return {
    type: 'configure',
    session_id: sessionId,
    node_id: node.id,
    node_type: node.nodeType,
    params: { ...node.params },
    module,
    module_paths: [...python.modulePaths],
    modules: [...python.modules],
    root: domain.root,
    prefix: domain.prefix,
    inbox: node.inbox,
    inputs,
    outputs,
    process_timeout_ms: config.processTimeoutMs,
    log_level: lineLevel(log.level),
  };
}

/** A process has fewer levels than the service. */
function lineLevel(level: LogLevel): ConfigureMessage['log_level'] {
  if (level === 'trace') return 'debug';
  return level === 'silent' ? 'error' : level;
}
