/**
 * One Python process that runs one node: spawned, watched, stopped and reaped here. Its states: process-state.ts.
 *
 * - `start` is a race of ready, failure, exit, timeout and abort. Whoever loses it is cleaned up; a lost start begins the
 *   stop by itself, and `stop` still has to be awaited for the process to be gone.
 * - The first failure is told once: by the rejection of `start`, after that through `onFailure`. What goes wrong after
 *   `stop` stands in the exit report only.
 * - `onExit` comes last and exactly once, when the process is reaped and its group is killed.
 */
import { encodeControl, type ProcessLine, RemoteMediaError, type ServiceLine } from '@remotemedia/contract';
import type { Logger } from '../observe/logger.js';
import type { ProcessMetrics } from '../observe/metrics.js';
import { type ChildExit, ChildGroup } from './child-group.js';
import { ControlReader } from './control-reader.js';
import { deferred } from './deferred.js';
import { type EndedLine, type ExitReport, exitReason } from './exit-report.js';
import * as errors from './process-errors.js';
import { type OutputStream, ProcessOutput } from './process-output.js';
import { type ExitReason, moveTo, type ProcessState, type ProcessStateName } from './process-state.js';
import { type Pong, pongOf, type Unresponsive, watchResponses } from './response-watch.js';
import { type PhaseReport, StartPhase } from './start-phase.js';
import { type StopMode, StopSequence } from './stop-sequence.js';
import { TIMED_OUT, withTimeout } from './with-timeout.js';

/** The first line to a process: everything it needs to open its channels and make its node. */
export type ConfigureLine = Extract<ServiceLine, { type: 'configure' }>;
type ProgressLine = Extract<ProcessLine, { type: 'progress' }>;
type ReadyLine = Extract<ProcessLine, { type: 'ready' }>;
type FailedLine = Extract<ProcessLine, { type: 'failed' }>;

/** How far a node says it has come with its start. */
export interface ProcessProgress {
  status: ProgressLine['status'];
  /** 0..1; null when the node cannot tell. */
  fraction: number | null;
  message: string;
  /** Since the process was spawned. */
  elapsedMs: number;
}

/** One line that a node printed, or logged through its SDK. */
export interface ProcessLogLine {
  source: OutputStream | 'node';
  text: string;
}

/** What a process tells its owner. None is called after `onExit`. */
export interface ProcessCallbacks {
  onProgress?: (progress: ProcessProgress) => void;
  /** A connection became full: once for each time that the node starts to wait. */
  onFull?: (edge: number, to: string) => void;
  /** Messages from this node give way to newer ones. */
  onDropping?: (from: string) => void;
  /** All inputs have ended, the node has flushed, and everything it sent was taken. */
  onEnded?: (totals: EndedLine) => void;
  onLog?: (line: ProcessLogLine) => void;
  /** It failed or died after it was ready and before it was stopped. */
  onFailure?: (error: RemoteMediaError) => void;
  onExit?: (report: ExitReport) => void;
}

export interface PythonProcessOptions {
  /** The interpreter's own path (`sys.executable`), not a shim. */
  executable: string;
  /** Interpreter arguments before the node id; the SDK's runner unless a test has another. */
  program?: readonly string[];
  configure: ConfigureLine;
  cwd: string;
  /** The whole environment of the process. */
  env: NodeJS.ProcessEnv;
  /** From spawn to the end of `initialize()`. */
  initTimeoutMs: number;
  /** The layer of the settings that says so. */
  initTimeoutLayer: string;
  /** For `cleanup()` once the process is told to stop. */
  cleanupGracePeriodMs: number;
  /** The session's logger. */
  log: Logger;
  metrics?: ProcessMetrics;
  callbacks?: ProcessCallbacks;
}

/** What `start` resolves with. */
export interface StartReport {
  /** From spawn to ready. */
  startMs: number;
  /** What the node said about its own data types, when it said anything. */
  ready: ReadyLine;
}

/** A process that closed its control pipe is about to exit; one that does not in this time is out of control. */
const CONTROL_CLOSED_MS = 1000;

/** The runner has the interpreter print all its stacks at this signal (62, SIGRTMAX - 2 on Linux). */
const TELL_WHERE_SIGNAL = 62;
/** A stopped process does not. */
const TELL_WHERE_MS = 500;

export class PythonProcess {
  readonly sessionId: string;
  readonly nodeId: string;
  readonly #options: PythonProcessOptions;
  readonly #callbacks: ProcessCallbacks;
  readonly #log: Logger;
  readonly #output: ProcessOutput;
  readonly #exited = deferred<ExitReport>();
  /** Resolves when the process is no longer ready. */
  readonly #left = deferred<void>();
  readonly #startup = deferred<StartReport>();
  readonly #pings = new Map<number, (pong: Pong) => void>();
  readonly #startPhase = new StartPhase();
  #state: ProcessState = { name: 'spawning' };
  #group: ChildGroup | null = null;
  #spawnedAtMs = 0;
  #ready: ReadyLine | null = null;
  #ended: EndedLine | null = null;
  #failure: Promise<RemoteMediaError> | null = null;
  #stop: { sequence: StopSequence; askedAtMs: number } | null = null;
  #lastPing = 0;
  #onStderr: (() => void) | null = null;

  constructor(options: PythonProcessOptions) {
    this.sessionId = options.configure.session_id;
    this.nodeId = options.configure.node_id;
    this.#options = options;
    this.#callbacks = options.callbacks ?? {};
    this.#log = options.log.child({ node: this.nodeId });
    this.#output = new ProcessOutput({
      log: this.#log,
      onLine: ({ stream, text }) => this.#callbacks.onLog?.({ source: stream, text }),
    });
    // The owner hears of a lost start through `start`; without a `start` nobody has to.
    this.#startup.promise.catch(() => undefined);
  }

  get state(): ProcessStateName {
    return this.#state.name;
  }

  /** What the start is doing, with how long it has done that. */
  get startPhase(): PhaseReport {
    return this.#startPhase.report;
  }

  /** Null before the start, and when the process could not be started. */
  get pid(): number | null {
    return this.#group?.pid ?? null;
  }

  /** The last lines on stderr, oldest first: at most 50 lines and 16 KiB. */
  get stderrTail(): string[] {
    return this.#output.stderrTail;
  }

  /** Resolves when the process is gone, whoever ended it; the same report that `stop` gives. Never rejects. */
  get exited(): Promise<ExitReport> {
    return this.#exited.promise;
  }

  /**
   * Spawns the process and waits until its node is ready. To be called once.
   *
   * @throws RemoteMediaError `process.spawn_failed`, `process.init_failed`, `process.init_timeout`, or `session.cancelled`
   *   when `signal` is aborted or the process is stopped first
   */
  async start(signal?: AbortSignal): Promise<StartReport> {
    if (this.#group !== null || this.#state.name !== 'spawning') {
      throw new RemoteMediaError(
        'internal',
        `The process of node '${this.nodeId}' was started twice, or after its stop`,
      );
    }
    if (signal?.aborted === true) {
      this.#conclude({ kind: 'never_started' }, false);
      throw errors.startCancelled(this.nodeId, signal.reason);
    }
    const onAbort = (): void => this.#loseStart(errors.startCancelled(this.nodeId, signal?.reason));
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      this.#spawn();
      const started = await withTimeout(this.#startup.promise, this.#options.initTimeoutMs);
      if (started !== TIMED_OUT) return started;
      const limit = { timeoutMs: this.#options.initTimeoutMs, layer: this.#options.initTimeoutLayer };
      const error = errors.initTimeout(this.#facts(), limit, this.#startPhase.describe());
      this.#failure ??= Promise.resolve(error);
      this.#loseStart(error);
      throw error;
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /**
   * Ends the process and everything it forked; resolves when they are gone. Never rejects.
   *
   * May be called at any time and any number of times: later calls wait for the same end, and an abort hastens a normal stop.
   */
  stop(mode: StopMode): Promise<ExitReport> {
    if (this.#state.name === 'exited') return this.#exited.promise;
    if (this.#stop !== null) {
      if (mode === 'abort') this.#stop.sequence.abort();
      return this.#exited.promise;
    }
    if (this.#group === null) {
      this.#conclude({ kind: 'never_started' }, false);
      return this.#exited.promise;
    }
    this.#become({ name: 'stopping' });
    this.#startup.reject(errors.startCancelled(this.nodeId, 'the process was stopped'));
    void this.#runStop(this.#group, mode);
    return this.#exited.promise;
  }

  /** Ends it as `stop` does, without a grace period. */
  kill(): void {
    void this.stop('abort');
    this.#group?.kill('SIGKILL');
  }

  /**
   * Asks the process for a sign of life; its watch thread answers even while Python code is busy.
   *
   * @returns false when there was no answer in time, or there is no process
   */
  async ping(timeoutMs: number): Promise<boolean> {
    return (await this.#ask(timeoutMs)) !== null;
  }

  async #ask(timeoutMs: number): Promise<Pong | null> {
    if (this.#group === null || this.#state.name === 'exited') return null;
    this.#lastPing += 1;
    const id = this.#lastPing;
    const pong = deferred<Pong>();
    this.#pings.set(id, pong.resolve);
    this.#group.send(encodeControl({ type: 'ping', id }));
    const gone = this.#exited.promise.then(() => null);
    const answer = await withTimeout(Promise.race([pong.promise, gone]), timeoutMs);
    this.#pings.delete(id);
    return answer === TIMED_OUT ? null : answer;
  }

  #spawn(): void {
    const { executable, program = ['-m', 'remotemedia'], configure, cwd, env, log, metrics } = this.#options;
    log.info(`Spawning process for node ${this.nodeId}`, { node: this.nodeId });
    const control = new ControlReader({
      log: this.#log,
      onMessage: (message) => this.#take(message),
      onFault: (fault) => this.#reportFault(fault),
    });
    this.#spawnedAtMs = performance.now();
    const group = new ChildGroup({
      command: executable,
      args: [...program, this.nodeId, '--session', this.sessionId],
      cwd,
      env,
      stdin: null,
      onStdout: (chunk) => this.#output.stdout.push(chunk),
      onStderr: (chunk) => {
        this.#output.stderr.push(chunk);
        this.#onStderr?.();
      },
      onControl: (chunk) => control.push(chunk),
      onControlClose: () => void this.#awaitExitAfterControl(),
    });
    this.#group = group;
    if (metrics !== undefined && group.pid !== null) metrics.started += 1;
    void group.exit.then((exit) => this.#takeExit(exit));
    group.send(encodeControl(configure));
  }

  #take(message: ProcessLine): void {
    if (this.#state.name === 'exited') return;
    if (this.#state.name === 'spawning') this.#become({ name: 'initializing', wired: false, initialized: false });
    switch (message.type) {
      case 'progress':
        this.#takeProgress(message);
        break;
      case 'wired':
        this.#advance({ wired: true });
        break;
      case 'ready':
        this.#ready = message;
        this.#advance({ initialized: true });
        break;
      case 'failed':
        this.#takeFailed(message);
        break;
      case 'full':
        this.#callbacks.onFull?.(message.edge, message.to);
        break;
      case 'dropping':
        this.#callbacks.onDropping?.(message.from);
        break;
      case 'log':
        this.#log.log(message.level, message.message, { source: 'node' });
        this.#callbacks.onLog?.({ source: 'node', text: message.message });
        break;
      case 'ended':
        // Its failure may still be waiting for the rest of its output.
        if (this.#failure !== null) break;
        this.#ended = message;
        this.#callbacks.onEnded?.(message);
        break;
      case 'pong':
        this.#pings.get(message.id)?.(pongOf(message));
        break;
    }
  }

  #takeProgress(line: ProgressLine): void {
    this.#startPhase.take(line);
    const { status, fraction, message } = line;
    this.#callbacks.onProgress?.({ status, fraction, message, elapsedMs: this.#elapsedMs() });
  }

  /** Ready is both: the edges are wired and `initialize()` has returned, in whichever order they come. */
  #advance(done: { wired?: true; initialized?: true }): void {
    if (this.#state.name !== 'initializing') return;
    this.#become({ ...this.#state, ...done });
    if (!this.#state.wired || !this.#state.initialized || this.#ready === null) return;
    this.#become({ name: 'ready' });
    const startMs = this.#elapsedMs();
    this.#options.metrics?.startTime.record(startMs);
    this.#watch();
    this.#startup.resolve({ startMs, ready: this.#ready });
  }

  /** The process looks at the time itself, but cannot while native code holds its interpreter, or while it is stopped. */
  #watch(): void {
    const { process_timeout_ms: processTimeoutMs } = this.#options.configure;
    if (processTimeoutMs === null) return;
    void watchResponses({
      processTimeoutMs,
      ping: (timeoutMs) => this.#ask(timeoutMs),
      over: this.#left.promise,
      onUnresponsive: (why) => this.#takeUnresponsive(why, processTimeoutMs),
    });
  }

  #takeUnresponsive(why: Unresponsive, limitMs: number): void {
    if (this.#state.name !== 'ready') return;
    this.#fail(async () => {
      await this.#askWhere();
      return errors.unresponsive(this.#facts(), limitMs, why);
    });
  }

  /** Has the interpreter print where each of its threads is, which it does even while its lock is held. */
  async #askWhere(): Promise<void> {
    const group = this.#group;
    if (group === null) return;
    const printed = deferred<void>();
    this.#onStderr = printed.resolve;
    group.tell(TELL_WHERE_SIGNAL);
    await withTimeout(Promise.race([printed.promise, group.exit]), TELL_WHERE_MS);
    await group.settled();
  }

  #takeFailed(failed: FailedLine): void {
    this.#fail(async () => {
      // What it wrote to stderr before this line is on its way to us: the error shall quote it.
      await this.#group?.settled();
      return errors.reportedFailure(this.#facts(), failed);
    });
  }

  #reportFault(fault: string): void {
    const ready = this.#state.name === 'ready';
    this.#fail(() => Promise.resolve(errors.uncontrollable(this.#facts(), fault, ready)));
  }

  async #awaitExitAfterControl(): Promise<void> {
    if (this.#group === null) return;
    const exit = await withTimeout(this.#group.exit, CONTROL_CLOSED_MS);
    if (exit === TIMED_OUT) this.#reportFault('closed its control pipe and runs on, out of control');
  }

  #fail(build: () => Promise<RemoteMediaError>): void {
    if (this.#failure !== null || this.#state.name === 'exited') return;
    const failedIn = this.#state.name;
    this.#failure = build();
    void this.#failure.then((error) => {
      if (failedIn === 'stopping') this.#log.warn(error.message);
      else if (failedIn === 'ready') this.#callbacks.onFailure?.(error);
      else this.#loseStart(error);
    });
  }

  #loseStart(error: RemoteMediaError): void {
    this.#startup.reject(error);
    void this.stop('abort');
  }

  async #runStop(group: ChildGroup, mode: StopMode): Promise<void> {
    const sequence = new StopSequence(
      {
        exit: group.exit,
        requestStop: (how) => group.send(encodeControl({ type: 'stop', mode: how })),
        kill: (signal) => group.kill(signal),
      },
      this.#options.cleanupGracePeriodMs,
    );
    this.#stop = { sequence, askedAtMs: performance.now() };
    await sequence.run(mode);
    if (sequence.step !== 'lost') return;
    this.#log.error(`Process ${group.pid} could not be killed and is left behind`);
    this.#conclude({ kind: 'lost' }, false);
  }

  #takeExit(exit: ChildExit): void {
    const state = this.#state.name;
    // Given up as lost before.
    if (state === 'exited') return;
    this.#output.end();
    if (state !== 'stopping') {
      const facts = this.#facts();
      const error =
        state === 'ready' ? errors.crashed(facts, exit) : errors.exitedInStart(facts, exit, state === 'initializing');
      if (this.#options.metrics !== undefined) this.#options.metrics.crashed += 1;
      this.#fail(() => Promise.resolve(error));
    }
    this.#conclude(exitReason(exit), exit.leftOthers);
  }

  #conclude(reason: ExitReason, leftOthers: boolean): void {
    this.#become({ name: 'exited', reason });
    this.#group?.close();
    const stopStep = this.#stop?.sequence.step ?? 'none';
    const stopMs = this.#stop === null ? 0 : performance.now() - this.#stop.askedAtMs;
    this.#logExit(reason, stopStep === 'kill', leftOthers);
    const report = { pid: this.pid, reason, stopStep, stopMs, leftOthers, ended: this.#ended };
    void this.#tellExit(report);
  }

  async #tellExit(report: Omit<ExitReport, 'failure'>): Promise<void> {
    const whole: ExitReport = { ...report, failure: await this.#failure };
    this.#exited.resolve(whole);
    this.#callbacks.onExit?.(whole);
  }

  #logExit(reason: ExitReason, killed: boolean, leftOthers: boolean): void {
    const { log, metrics } = this.#options;
    if (this.pid === null) return;
    if (metrics !== undefined) {
      metrics.exited += 1;
      if (killed) metrics.killed += 1;
    }
    const name = `Process ${this.pid} (${this.nodeId})`;
    const fields = { node: this.nodeId, pid: this.pid };
    if (killed) log.plain.warn(`${name} did not end within its grace period and was killed`, fields);
    if (leftOthers) log.plain.debug(`${name} left processes of its group behind, which were killed`, fields);
    log.plain.debug(`${name} terminated`, { ...fields, reason });
  }

  #become(next: ProcessState): void {
    this.#state = moveTo(this.#state, next);
    if (next.name === 'stopping' || next.name === 'exited') this.#left.resolve();
  }

  #elapsedMs(): number {
    return performance.now() - this.#spawnedAtMs;
  }

  #facts(): errors.ProcessFacts {
    return {
      nodeId: this.nodeId,
      nodeType: this.#options.configure.node_type,
      pid: this.pid,
      stderr: this.#output.stderrTail,
    };
  }
}
