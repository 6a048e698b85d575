import type { PhaseReport } from '../process/start-phase.js';

/** How far one node of a session has come with its start. */
export interface InitProgress extends PhaseReport {
  readonly nodeId: string;
  /** Since the session began. */
  readonly elapsedMs: number;
}

/** Half of what is promised: a node that was silent at one look is told of at the next. */
const LOOK_MS = 500;
/** A node that tells of every token it loads is told of this often at most; the next look tells where it is. */
const MAX_REPORTS_PER_LOOK = 50;

interface StartingNode {
  /** What the node is doing now. */
  report: () => PhaseReport;
  /** Reports since the last look. */
  told: number;
}

/**
 * Tells of every node that starts at least once a second, whether or not it has something to say: from what it says, else
 * from what it is doing. One timer for all nodes of a session, and none once they have started.
 */
export class StartProgress {
  readonly #nodes = new Map<string, StartingNode>();
  readonly #startedAtMs = performance.now();
  readonly #tell: (progress: InitProgress) => void;
  /** Null: before the first begin. */
  #timer: NodeJS.Timeout | 'stopped' | null = null;

  constructor(tell: (progress: InitProgress) => void) {
    this.#tell = tell;
  }

  /** A node begins something; `report` says what, whenever it is asked. */
  begin(nodeId: string, report: () => PhaseReport): void {
    if (this.#timer === 'stopped') return;
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS);
    const told = this.#nodes.get(nodeId)?.told ?? 0;
    this.#nodes.set(nodeId, { report, told });
  }

  /** A node says something by itself. */
  take(nodeId: string, report: PhaseReport): void {
    const node = this.#nodes.get(nodeId);
    if (node === undefined || node.told >= MAX_REPORTS_PER_LOOK) return;
    node.told += 1;
    this.#report(nodeId, report);
  }

  /** A node is ready, or has failed, and is not told of any more. */
  finish(nodeId: string, status: 'ready' | 'error', message: string): void {
    if (!this.#nodes.delete(nodeId)) return;
    this.#report(nodeId, { status, fraction: status === 'ready' ? 1 : null, message });
  }

  /** Tells nothing any more. */
  stop(): void {
    if (this.#timer !== null && this.#timer !== 'stopped') clearInterval(this.#timer);
    this.#timer = 'stopped';
    this.#nodes.clear();
  }

  #look(): void {
    for (const [nodeId, node] of this.#nodes) {
      if (node.told === 0) this.#report(nodeId, node.report());
      node.told = 0;
    }
  }

  #report(nodeId: string, { status, fraction, message }: PhaseReport): void {
    this.#tell({ nodeId, status, fraction, message, elapsedMs: performance.now() - this.#startedAtMs });
  }
}
