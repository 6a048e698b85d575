import { performance } from 'node:perf_hooks';
import { type ClientOptions, connect, type PipelineStream, type StreamEvent } from '@remotemedia/client';
import type { wire } from '@remotemedia/contract';
import { type InputFile, openInput } from '../media/input-file.js';
import type { NodeFile } from '../media/node-file.js';
import { OutputFile } from '../media/output-file.js';
import type { RunReport, WrittenFile } from '../report/run-report.js';

export interface PipelineRun {
  readonly address: string;
  /** How the service is called. */
  readonly access: ClientOptions;
  /** JSON or YAML text. */
  readonly manifest: string;
  readonly inputs: readonly NodeFile[];
  readonly outputs: readonly NodeFile[];
  readonly report: RunReport;
  /** Aborting it cancels the run. */
  readonly signal: AbortSignal;
}

/** Runs a pipeline on files: sends the inputs, writes the outputs, tells the report. Throws the pipeline's failure. */
export async function runPipeline(run: PipelineRun): Promise<void> {
  const started = performance.now();
  const inputs: InputFile[] = [];
  const outputs = new Map<string, OutputFile>();
  const client = connect(run.address, run.access);
  try {
    // Opened first: a file that cannot be used should not cost the start of three models.
    for (const file of run.inputs) inputs.push(await openInput(file));
    for (const file of run.outputs) outputs.set(file.nodeId, await OutputFile.open(file));
    const stream = client.stream(run.manifest, { signal: run.signal });
    const reading = new ResultReader(outputs, run.report);
    const sending = sendInputs(stream, inputs, reading.ready, run.report);
    await both(reading.read(stream), sending, stream);
    run.report.done({
      wallTimeMs: performance.now() - started,
      results: reading.counts,
      files: await finishAll(outputs),
      metrics: reading.metrics,
    });
  } finally {
    for (const input of inputs) await input.close();
    for (const output of outputs.values()) await output.discard();
    client.close();
  }
}

/** Waits for both directions; a failure of ours in one ends the other. The pipeline's own failure is told by the reader. */
async function both(reading: Promise<void>, sending: Promise<void>, stream: PipelineStream): Promise<void> {
  const [readResult, sendResult] = await Promise.allSettled([
    reading.catch((error: unknown) => {
      stream.cancel();
      throw error;
    }),
    sending.catch((error: unknown) => {
      stream.cancel();
      throw error;
    }),
  ]);
  if (sendResult.status === 'rejected' && sendResult.reason !== stream.failure) throw sendResult.reason;
  if (readResult.status === 'rejected') throw readResult.reason;
  if (sendResult.status === 'rejected') throw sendResult.reason;
}

/** Takes events until the stream is closed. */
class ResultReader {
  readonly counts = new Map<string, number>();
  metrics: wire.ExecutionMetrics | null = null;
  /** Resolves when the pipeline can take data, or will never. */
  readonly ready: Promise<void>;
  readonly #outputs: ReadonlyMap<string, OutputFile>;
  readonly #report: RunReport;
  #setReady: () => void = () => {};

  constructor(outputs: ReadonlyMap<string, OutputFile>, report: RunReport) {
    this.#outputs = outputs;
    this.#report = report;
    this.ready = new Promise((resolve) => {
      this.#setReady = resolve;
    });
  }

  async read(stream: PipelineStream): Promise<void> {
    try {
      for await (const event of stream) await this.#take(event);
    } finally {
      this.#setReady();
    }
  }

  async #take(event: StreamEvent): Promise<void> {
    switch (event.type) {
      case 'init_progress':
        this.#report.nodeProgress(event);
        break;
      case 'ready':
        this.#report.ready(event.sessionId, event.warnings);
        this.#setReady();
        break;
      case 'result': {
        const output = this.#outputs.get(event.nodeId);
        this.counts.set(event.nodeId, (this.counts.get(event.nodeId) ?? 0) + 1);
        await output?.write(event.data);
        this.#report.result(event.nodeId, event.sequence, event.data, output !== undefined);
        break;
      }
      case 'closed':
        this.metrics = event.metrics;
        break;
      case 'metrics':
        break;
    }
  }
}

/** Sends all files at the same time, one chunk of each in turn, then ends the input. */
async function sendInputs(
  stream: PipelineStream,
  inputs: readonly InputFile[],
  ready: Promise<void>,
  report: RunReport,
): Promise<void> {
  // Bars of the start and of the input should not mix; the chunks would wait in the service anyway.
  await ready;
  const total = inputs.reduce((sum, { totalBytes }) => sum + totalBytes, 0);
  let sent = 0;
  let open = inputs.map(({ nodeId, chunks }) => ({ nodeId, chunks: chunks() }));
  while (open.length > 0) {
    const still: typeof open = [];
    for (const file of open) {
      const next = await file.chunks.next();
      if (next.done === true) continue;
      const { data, timestampMs, fileBytes } = next.value;
      await stream.send({ nodeId: file.nodeId, data, timestampMs });
      sent += fileBytes;
      report.sent(total === 0 ? 1 : sent / total);
      still.push(file);
    }
    open = still;
  }
  stream.close();
}

async function finishAll(outputs: ReadonlyMap<string, OutputFile>): Promise<WrittenFile[]> {
  const written: WrittenFile[] = [];
  for (const output of outputs.values()) {
    const file = await output.finish();
    if (file !== null) written.push(file);
  }
  return written;
}
