import type { ServerDuplexStream } from '@grpc/grpc-js';
import {
  decodeRequest,
  encodeMessage,
  RemoteMediaError,
  type RuntimeData,
  toErrorResponse,
  wire,
} from '@remotemedia/contract';
import type { Logger } from '../observe/logger.js';
import { repeat } from '../observe/repeat.js';
import { END } from '../session/ports.js';
import type { InitProgress, Session } from '../session/session.js';
import { endWithCall, expectClient } from './call-end.js';
import { callLogger, logRefusal } from './call-log.js';
import { callerOf } from './check-tokens.js';
import { checkClientVersion } from './client-version.js';
import type { CallContext } from './context.js';
import { toExecutionMetrics } from './execution-metrics.js';
import { checkInput, readInputs } from './inputs.js';
import { LatencyRing } from './latency-ring.js';
import { type CallLimits, checkAudioSamples, readLimits } from './limits.js';
import { readManifest } from './manifest-form.js';
import { toBuffer } from './method.js';
import { RequestReader } from './request-reader.js';
import { ResponseWriter } from './response-writer.js';
import { resultBuffers } from './result-buffers.js';
import { toStatus, typed } from './status.js';
import { StreamFigures } from './stream-figures.js';
import { StreamInput } from './stream-input.js';

/** Runs a pipeline for as long as the stream lives. The stream ends when nothing of its session is left. */
export function streamPipeline(context: CallContext) {
  return (call: ServerDuplexStream<Buffer, Buffer>): void => {
    void new StreamCall(context, call).run();
  };
}

class StreamCall {
  readonly #context: CallContext;
  readonly #call: ServerDuplexStream<Buffer, Buffer>;
  readonly #log: Logger;
  readonly #reader: RequestReader;
  readonly #writer: ResponseWriter;
  readonly #latency = new LatencyRing();
  readonly #figures = new StreamFigures();
  #session: Session | null = null;
  #input: StreamInput | null = null;

  constructor(context: CallContext, call: ServerDuplexStream<Buffer, Buffer>) {
    this.#context = context;
    this.#call = call;
    this.#log = callLogger(context.log, call.metadata);
    this.#reader = new RequestReader(call);
    this.#writer = new ResponseWriter(call, {
      stallTimeoutMs: context.stallTimeoutMs,
      onStall: (error) => this.#session?.fail(error),
    });
    // Without a session yet there is nobody else to tell.
    call.on('cancelled', () => this.#interrupt(new RemoteMediaError('session.cancelled', 'The client has gone')));
  }

  /** Never rejects: whatever happens becomes the end of the call. */
  async run(): Promise<void> {
    try {
      await this.#runSession(await this.#readInit());
      this.#call.end();
    } catch (thrown) {
      const error = this.#session?.cause ?? typed(thrown, this.#log);
      if (this.#session === null) logRefusal(this.#log, 'StreamPipeline', error);
      if (error.code !== 'session.cancelled') this.#writeError(error);
      // It need not be the session's own failure: a result that could not be read once left the session to its deadline.
      this.#session?.fail(error);
      await this.#session?.done;
      this.#call.emit('error', toStatus(error));
    }
  }

  async #readInit(): Promise<wire.StreamInit> {
    const first = await this.#reader.next();
    const request = first === null ? undefined : decodeRequest(wire.StreamRequest, first).request;
    if (request?.$case === 'init') return request.value;
    const what =
      request === undefined
        ? 'The stream ended, or was empty, before `init`'
        : `The first message is ${request.$case}, not init`;
    throw new RemoteMediaError('stream.init_required', what);
  }

  async #runSession(init: wire.StreamInit): Promise<void> {
    checkClientVersion(init.clientVersion);
    const limits = readLimits(init.resourceLimits, this.#context.caps);
    const manifest = readManifest(init, this.#context.pipelines);
    const inputs = readInputs(init.dataInputs);
    expectClient(this.#call);
    const session = this.#context.pipelines.open({
      manifest,
      inputs: null,
      results: 'borrow',
      caller: callerOf(this.#call.metadata),
      memory: limits.memory,
      log: this.#log,
      onProgress: (progress) => this.#writeProgress(progress),
    });
    this.#session = session;
    const forgetDeadline = endWithCall(this.#call, session, limits.time);
    // The reader's errors end the session, and with it everything below.
    session.flushed.catch((cause: unknown) => this.#interrupt(cause));
    const starting = session.start();
    const reading = this.#readRequests(session, starting, inputs, limits).catch((error: unknown) => {
      if (error !== OVER) session.fail(error);
    });
    let stopReports = (): void => undefined;
    try {
      await starting;
      this.#writeReady(session, init, limits);
      stopReports = this.#reportMetrics(session);
      await this.#writeResults(session);
      await session.flushed;
      this.#writeClosed(session);
    } finally {
      stopReports();
      this.#interrupt(session.cause ?? OVER);
      forgetDeadline();
      await reading;
    }
    await session.done;
  }

  /** Chunks wait until the session is ready; a cancel does not. */
  async #readRequests(
    session: Session,
    starting: Promise<void>,
    inputs: ReadonlyMap<string, RuntimeData>,
    limits: CallLimits,
  ): Promise<void> {
    const input = new StreamInput(session, limits, this.#latency);
    this.#input = input;
    for (const [nodeId, data] of inputs) {
      checkInput(session.inputKinds(nodeId), nodeId, data);
      checkAudioSamples(limits, nodeId, data);
    }
    const feeding = starting.then(async () => {
      for (const [nodeId, data] of inputs) await session.send(nodeId, { sequence: 0, timestampUs: 0, data });
    });
    let pending: Promise<void> | undefined = feeding;
    // One message ahead of the pipeline, so that a cancel is heard while a chunk waits for room.
    for (;;) {
      // Heard at once: the client may wait for the error, and send nothing before it.
      pending?.catch((error: unknown) => session.fail(error));
      const bytes = await this.#reader.next();
      const request = bytes === null ? null : this.#decode(bytes);
      if (isCancel(request)) throw new RemoteMediaError('session.cancelled', 'The client has cancelled the session');
      if (pending !== undefined) await pending;
      pending = input.take(request);
      if (request === null) return;
    }
  }

  #decode(bytes: Buffer): wire.StreamRequest['request'] {
    const startedMs = performance.now();
    const { request } = decodeRequest(wire.StreamRequest, bytes);
    this.#figures.decodeMs += performance.now() - startedMs;
    return request;
  }

  async #writeResults(session: Session): Promise<void> {
    const { results } = session;
    for (;;) {
      const got = results.tryReceive();
      if (got === END) return;
      if (got === null) {
        await results.ready();
        continue;
      }
      const startedMs = performance.now();
      try {
        this.#figures.countKind(got.data.kind);
        for (const buffer of resultBuffers(got.data)) this.#writeResult(results.from, got.sequence, buffer);
      } finally {
        // The message is written down by now; the shared memory may go.
        got.release?.();
      }
      this.#figures.encodeMs += performance.now() - startedMs;
      const room = this.#writer.room();
      if (room !== undefined) await room;
    }
  }

  #writeResult(nodeId: string, sequence: number, buffer: wire.DataBuffer): void {
    const processingTimeMs = this.#latency.elapsedMs(sequence);
    this.#figures.countResult(processingTimeMs);
    const dataOutputs = new Map([[nodeId, buffer]]);
    const totalItemsProcessed = this.#figures.results;
    this.#write({ $case: 'result', value: { sequence, dataOutputs, processingTimeMs, totalItemsProcessed } });
  }

  /** @returns the function that ends the reports */
  #reportMetrics(session: Session): () => void {
    const { metricsIntervalMs } = this.#context;
    if (metricsIntervalMs === null) return () => undefined;
    return repeat(metricsIntervalMs, async () => {
      // A client that does not read shall not find a pile of reports later.
      if (!this.#writer.hasRoom) return;
      await session.readUsage();
      if (this.#input === null || !this.#writer.hasRoom) return;
      this.#write({ $case: 'metrics', value: this.#figures.toStreamMetrics(session, this.#input) });
    });
  }

  #writeProgress({ nodeId, status, fraction, message, elapsedMs }: InitProgress): void {
    this.#write({
      $case: 'initProgress',
      value: { nodeId, status, fraction: fraction ?? undefined, message, elapsedMs },
    });
  }

  #writeReady(session: Session, init: wire.StreamInit, limits: CallLimits): void {
    const recommendedChunkSize = init.expectedChunkSize;
    const warnings = [...session.warnings, ...limits.warnings];
    this.#write({
      $case: 'ready',
      value: { sessionId: session.id, recommendedChunkSize, maxBufferLatencyMs: 0, warnings },
    });
  }

  #writeClosed(session: Session): void {
    const finalMetrics = toExecutionMetrics(session, this.#figures.measures(this.#input));
    this.#write({ $case: 'closed', value: { sessionId: session.id, finalMetrics, reason: 'completed' } });
  }

  #writeError(error: RemoteMediaError): void {
    const response = { $case: 'error' as const, value: toErrorResponse(error) };
    this.#call.write(toBuffer(encodeMessage(wire.StreamResponse, { response })));
  }

  #write(response: NonNullable<wire.StreamResponse['response']>): void {
    this.#writer.write(encodeMessage(wire.StreamResponse, { response }));
  }

  #interrupt(reason: unknown): void {
    if (!(reason instanceof Error)) return;
    this.#reader.interrupt(reason);
    this.#writer.interrupt(reason);
  }
}

/** Why nobody reads requests any more once a session has ended in order. */
const OVER = new RemoteMediaError('session.cancelled', 'The session is over');

function isCancel(request: wire.StreamRequest['request'] | null): boolean {
  return request?.$case === 'control' && request.value.command === wire.StreamControl_Command.CANCEL;
}
