import { performance } from 'node:perf_hooks';
import type { RuntimeData } from '@remotemedia/contract';
import type { Terminal } from '../terminal.js';
import { asText, audioSeconds, describeData } from './describe-data.js';
import { bar, LiveBlock } from './live-block.js';
import type { NodeProgress, RunReport, RunSummary } from './run-report.js';

/** A tenth of the input between two plain lines: enough to see that it moves, and not a flood. */
const PLAIN_STEP = 0.1;

/** Bars are drawn when something happens, but not faster than an eye can follow. */
const DRAW_INTERVAL_MS = 40;

/** A run for a person: bars on a terminal, lines elsewhere; both on stderr, because stdout is for text results. */
export function textReport(terminal: Terminal): RunReport {
  return terminal.stderr.isTerminal ? new BarReport(terminal) : new LineReport(terminal);
}

/** What both forms have in common: text results, and the summary. */
abstract class TextReport implements RunReport {
  protected readonly terminal: Terminal;
  /** Seconds of audio by node, of results that no file takes. */
  readonly #audio = new Map<string, number>();

  constructor(terminal: Terminal) {
    this.terminal = terminal;
  }

  abstract nodeProgress(progress: NodeProgress): void;
  abstract sent(fraction: number): void;

  ready(_sessionId: string, warnings: readonly string[]): void {
    for (const warning of warnings) this.line(`warning: ${warning}`);
  }

  result(nodeId: string, _sequence: number, data: RuntimeData, kept: boolean): void {
    if (kept) return;
    if (data.kind === 'audio') {
      this.#audio.set(nodeId, (this.#audio.get(nodeId) ?? 0) + audioSeconds(data));
      return;
    }
    const text = asText(data);
    this.beforeOutput();
    if (text === null) this.line(`${nodeId}: ${describeData(data)}`);
    else this.terminal.stdout.write(`${nodeId}: ${text}\n`);
  }

  done(summary: RunSummary): void {
    this.beforeOutput();
    for (const { nodeId, path, content } of summary.files) this.line(`${nodeId}: ${content} → ${path}`);
    for (const [nodeId, seconds] of this.#audio) {
      this.line(`${nodeId}: ${seconds.toFixed(2)} s of audio, not kept (-o ${nodeId}=FILE.wav keeps it)`);
    }
    for (const { from, to, sent, dropped } of summary.metrics?.connections ?? []) {
      if (dropped > 0) this.line(`dropped ${dropped} of ${sent} messages (${from || 'input'} → ${to || 'results'})`);
    }
    const count = [...summary.results.values()].reduce((sum, each) => sum + each, 0);
    this.line(`done in ${(summary.wallTimeMs / 1000).toFixed(2)} s: ${resultsText(count)}`);
  }

  close(): void {
    this.beforeOutput();
  }

  /** Makes room for lasting text. */
  protected beforeOutput(): void {}

  protected line(text: string): void {
    this.beforeOutput();
    this.terminal.stderr.write(`${text}\n`);
  }
}

function resultsText(count: number): string {
  return count === 1 ? '1 result' : `${count} results`;
}

class LineReport extends TextReport {
  #nextStep = PLAIN_STEP;

  nodeProgress({ nodeId, status, fraction, message, elapsedMs }: NodeProgress): void {
    const part = fraction === null ? '' : ` ${Math.floor(fraction * 100)}%`;
    const words = message === '' ? '' : ` ${message}`;
    this.line(`${nodeId}: ${status}${part}${words} (${(elapsedMs / 1000).toFixed(1)} s)`);
  }

  sent(fraction: number): void {
    if (fraction < this.#nextStep) return;
    this.line(`input: ${Math.floor(fraction * 100)}%`);
    this.#nextStep = fraction + PLAIN_STEP;
  }
}

class BarReport extends TextReport {
  readonly #block: LiveBlock;
  readonly #nodes = new Map<string, NodeProgress>();
  #sent: number | null = null;
  #results = 0;
  #drawnAt = 0;

  constructor(terminal: Terminal) {
    super(terminal);
    this.#block = new LiveBlock(terminal.stderr);
  }

  nodeProgress(progress: NodeProgress): void {
    this.#nodes.set(progress.nodeId, progress);
    this.#draw();
  }

  override ready(sessionId: string, warnings: readonly string[]): void {
    super.ready(sessionId, warnings);
    // From here on the run is what is worth looking at.
    this.#nodes.clear();
    this.#sent = 0;
    this.#draw();
  }

  sent(fraction: number): void {
    this.#sent = fraction;
    this.#drawSometimes();
  }

  override result(nodeId: string, sequence: number, data: RuntimeData, kept: boolean): void {
    this.#results += 1;
    super.result(nodeId, sequence, data, kept);
    this.#drawSometimes();
  }

  protected override beforeOutput(): void {
    this.#block.clear();
  }

  #drawSometimes(): void {
    if (this.#sent === 1 || performance.now() - this.#drawnAt >= DRAW_INTERVAL_MS) this.#draw();
  }

  #draw(): void {
    this.#drawnAt = performance.now();
    const width = Math.max(0, ...[...this.#nodes.keys()].map((id) => id.length));
    const nodes = [...this.#nodes.values()].map(({ nodeId, status, fraction, message }) => {
      const part = status === 'ready' ? 1 : fraction;
      return `${nodeId.padEnd(width)}  ${bar(part)}  ${status} ${message}`;
    });
    const input = this.#sent === null ? [] : [`input  ${bar(this.#sent)}  ${resultsText(this.#results)}`];
    this.#block.draw([...nodes, ...input]);
  }
}
