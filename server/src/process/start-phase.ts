import type { ProcessLine } from '@remotemedia/contract';

type ProgressLine = Extract<ProcessLine, { type: 'progress' }>;

/** How far a start has come, for people and programs. */
export interface PhaseReport {
  readonly status: ProgressLine['status'];
  /** 0..1; null when the node cannot tell. */
  readonly fraction: number | null;
  readonly message: string;
}

const INTERPRETER = 'starting interpreter';
const INITIALIZE = 'initialize() running';

/**
 * What a process that starts is doing: from its own progress lines, and until there are any, from what comes first.
 *
 * The runner names each phase of its own (`wiring`, `importing module asr`); from `loading_model` on it is the node's
 * `initialize()`, which may name steps.
 */
export class StartPhase {
  readonly #now: () => number;
  #last: PhaseReport = { status: 'starting', fraction: null, message: '' };
  #phase = INTERPRETER;
  #sinceMs: number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#sinceMs = now();
  }

  take({ status, fraction, message }: ProgressLine): void {
    this.#last = { status, fraction, message };
    const phase = status === 'starting' ? message || INTERPRETER : INITIALIZE;
    if (phase === this.#phase) return;
    this.#phase = phase;
    this.#sinceMs = this.#now();
  }

  /** The last report, saying how long its phase has lasted. */
  get report(): PhaseReport {
    const { status, fraction, message } = this.#last;
    const phase = `${this.#phase}${this.#duration()}`;
    const isStep = message !== '' && message !== this.#phase;
    return { status, fraction, message: isStep ? `${message} (${phase})` : phase };
  }

  /** For the error of a start that took too long. */
  describe(): string {
    const { fraction } = this.#last;
    const percent = fraction === null ? '' : `${Math.round(fraction * 100)} %, `;
    return `last progress: ${percent}${this.report.message}`;
  }

  #duration(): string {
    const seconds = Math.floor((this.#now() - this.#sinceMs) / 1000);
    return seconds === 0 ? '' : ` for ${seconds} s`;
  }
}
