import type { RuntimeData, wire } from '@remotemedia/contract';

/** How far one node has come on its way to being ready. */
export interface NodeProgress {
  readonly nodeId: string;
  readonly status: string;
  /** 0 to 1, or null where the node does not say. */
  readonly fraction: number | null;
  readonly message: string;
  readonly elapsedMs: number;
}

/** A file that a run has written. */
export interface WrittenFile {
  readonly nodeId: string;
  readonly path: string;
  readonly bytes: number;
  /** What is in it, for a person: `1.2 s of audio, 16000 Hz, 1 channel`. */
  readonly content: string;
}

export interface RunSummary {
  readonly wallTimeMs: number;
  /** Number of results by node id. */
  readonly results: ReadonlyMap<string, number>;
  readonly files: readonly WrittenFile[];
  readonly metrics: wire.ExecutionMetrics | null;
}

/** Tells whoever started a run what happens in it. */
export interface RunReport {
  nodeProgress(progress: NodeProgress): void;
  ready(sessionId: string, warnings: readonly string[]): void;
  /** @param fraction of all input that has been sent, 0 to 1 */
  sent(fraction: number): void;
  /** @param kept whether a file takes it, so that it need not be shown */
  result(nodeId: string, sequence: number, data: RuntimeData, kept: boolean): void;
  done(summary: RunSummary): void;
  /** Called in every case, last: puts the terminal back. */
  close(): void;
}
