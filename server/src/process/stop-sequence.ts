/**
 * How a process is ended, step by step; each step waits for the exit, its time limit, and (in normal mode) an abort.
 *
 *   normal   stop line → grace → SIGTERM → 500 ms → SIGKILL
 *   abort    stop line and SIGTERM at once → grace → SIGKILL
 *
 * The grace is there for cleanup(); an abort that comes during a normal stop starts it again.
 */
import { type TIMED_OUT, withTimeout } from './with-timeout.js';

export type StopMode = 'normal' | 'abort';

/** How far a stop had to go: `none` is an exit that nobody asked for, `lost` one that SIGKILL could not bring about. */
export type StopStep = 'none' | 'stop' | 'terminate' | 'kill' | 'lost';

/** What a stop needs of the process it ends. */
export interface StopTarget {
  exit: Promise<unknown>;
  requestStop(mode: StopMode): void;
  /** Signals the whole process group. */
  kill(signal: NodeJS.Signals): void;
}

const TERMINATE_MS = 500;
/** A killed process goes at once unless the kernel holds it (a dead disk, a driver). */
const KILL_MS = 5000;

const EXITED = Symbol('exited');
const ABORTED = Symbol('aborted');

export class StopSequence {
  readonly #target: StopTarget;
  readonly #graceMs: number;
  readonly #aborted: Promise<typeof ABORTED>;
  #abort: () => void = () => undefined;
  #step: StopStep = 'none';

  constructor(target: StopTarget, graceMs: number) {
    this.#target = target;
    this.#graceMs = graceMs;
    this.#aborted = new Promise((resolve) => {
      this.#abort = () => resolve(ABORTED);
    });
  }

  /** How far it has gone by now. */
  get step(): StopStep {
    return this.#step;
  }

  /** Turns a normal stop into an abort; without effect on one that is past asking. */
  abort(): void {
    this.#abort();
  }

  /** Runs until the process has exited, or is lost. */
  async run(mode: StopMode): Promise<void> {
    if (mode === 'abort') return await this.#runAbort();
    this.#step = 'stop';
    this.#target.requestStop('normal');
    const first = await this.#exitOr(this.#graceMs, this.#aborted);
    if (first === EXITED) return;
    if (first === ABORTED) return await this.#runAbort();
    this.#terminate();
    if ((await this.#exitOr(TERMINATE_MS)) !== EXITED) await this.#kill();
  }

  async #runAbort(): Promise<void> {
    this.#target.requestStop('abort');
    this.#terminate();
    if ((await this.#exitOr(this.#graceMs)) !== EXITED) await this.#kill();
  }

  #terminate(): void {
    this.#step = 'terminate';
    this.#target.kill('SIGTERM');
  }

  async #kill(): Promise<void> {
    this.#step = 'kill';
    this.#target.kill('SIGKILL');
    if ((await this.#exitOr(KILL_MS)) !== EXITED) this.#step = 'lost';
  }

  #exitOr<T>(timeoutMs: number, rival?: Promise<T>): Promise<typeof EXITED | typeof TIMED_OUT | T> {
    const exit = this.#target.exit.then((): typeof EXITED => EXITED);
    return withTimeout(rival === undefined ? exit : Promise.race([exit, rival]), timeoutMs);
  }
}
