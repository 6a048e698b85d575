import type { ServerUnaryCall, sendUnaryData } from '@grpc/grpc-js';
import { decodeRequest, encodeMessage, RemoteMediaError, type RuntimeData, wire } from '@remotemedia/contract';
import type { Logger } from '../observe/logger.js';
import { frameBytes } from '../session/frame-bytes.js';
import { END } from '../session/ports.js';
import type { Session } from '../session/session.js';
import { endWithCall, expectClient } from './call-end.js';
import { callLogger, logRefusal } from './call-log.js';
import { callerOf } from './check-tokens.js';
import { checkClientVersion } from './client-version.js';
import type { CallContext } from './context.js';
import { toExecutionMetrics } from './execution-metrics.js';
import { checkInput, readInputs } from './inputs.js';
import { type CallLimits, checkAudioSamples, readLimits } from './limits.js';
import { readManifest } from './manifest-form.js';
import { toBuffer } from './method.js';
import { toNodeResults } from './node-results.js';
import { resultBuffers } from './result-buffers.js';
import { joinOutputs, OutputCollector } from './results.js';
import { toStatus, typed } from './status.js';

/** Runs a whole pipeline: all input in, all output back. The call ends when nothing of its session is left. */
export function executePipeline(context: CallContext) {
  return (call: ServerUnaryCall<Buffer, Buffer>, respond: sendUnaryData<Buffer>): void => {
    const log = callLogger(context.log, call.metadata);
    const execution = new ExecuteCall(context, call, log);
    execution.run().then(
      (answer) => respond(null, toBuffer(answer)),
      (thrown: unknown) => {
        const error = typed(thrown, log);
        if (!execution.hasSession) logRefusal(log, 'ExecutePipeline', error);
        respond(toStatus(error));
      },
    );
  };
}

class ExecuteCall {
  readonly #context: CallContext;
  readonly #call: ServerUnaryCall<Buffer, Buffer>;
  readonly #collector: OutputCollector;
  readonly #log: Logger;
  readonly #kinds = new Map<string, number>();
  #decodeMs = 0;
  #hasSession = false;

  constructor(context: CallContext, call: ServerUnaryCall<Buffer, Buffer>, log: Logger) {
    this.#context = context;
    this.#call = call;
    this.#log = log;
    this.#collector = new OutputCollector(context.maxMessageBytes);
  }

  /** It has come so far that its session tells how it ends. */
  get hasSession(): boolean {
    return this.#hasSession;
  }

  async run(): Promise<Uint8Array> {
    const startedMs = performance.now();
    const request = decodeRequest(wire.ExecuteRequest, this.#call.request);
    checkClientVersion(request.clientVersion);
    const limits = readLimits(request.resourceLimits, this.#context.caps);
    const manifest = readManifest(request, this.#context.pipelines);
    const inputs = readInputs(request.dataInputs);
    this.#decodeMs = performance.now() - startedMs;
    expectClient(this.#call);
    const session = this.#context.pipelines.open({
      manifest,
      inputs: [...inputs.keys()],
      results: 'copy',
      caller: callerOf(this.#call.metadata),
      memory: limits.memory,
      log: this.#log,
    });
    this.#hasSession = true;
    const forgetDeadline = endWithCall(this.#call, session, limits.time);
    try {
      await this.#work(session, inputs, limits);
    } catch (error) {
      session.fail(error);
    }
    await session.done;
    forgetDeadline();
    if (session.cause !== null) throw session.cause;
    return this.#answer(session, [...session.warnings, ...limits.warnings]);
  }

  async #work(session: Session, inputs: ReadonlyMap<string, RuntimeData>, limits: CallLimits): Promise<void> {
    for (const [nodeId, data] of inputs) {
      checkInput(session.inputKinds(nodeId), nodeId, data);
      checkAudioSamples(limits, nodeId, data);
    }
    await session.start();
    await Promise.all([this.#feedAll(session, inputs), this.#collect(session)]);
    await session.flushed;
  }

  async #feedAll(session: Session, inputs: ReadonlyMap<string, RuntimeData>): Promise<void> {
    await Promise.all([...inputs].map(([nodeId, data]) => this.#feed(session, nodeId, data)));
    session.endInput();
  }

  async #feed(session: Session, nodeId: string, data: RuntimeData): Promise<void> {
    this.#count(data);
    await session.send(nodeId, { sequence: 0, timestampUs: 0, data });
  }

  async #collect(session: Session): Promise<void> {
    const { results } = session;
    for (;;) {
      const got = results.tryReceive();
      if (got === END) return;
      if (got === null) {
        await results.ready();
        continue;
      }
      this.#count(got.data);
      this.#collector.add({ nodeId: results.from, sequence: got.sequence, data: got.data }, frameBytes(got.data));
    }
  }

  #answer(session: Session, warnings: readonly string[]): Uint8Array {
    const startedMs = performance.now();
    const { outputs } = this.#collector;
    const joined = joinOutputs(outputs);
    const dataOutputs = new Map<string, wire.DataBuffer>();
    for (const [nodeId, data] of joined.byNode) {
      const [buffer] = resultBuffers(data);
      if (buffer !== undefined) dataOutputs.set(nodeId, buffer);
    }
    const listed = outputs.flatMap(({ nodeId, sequence, data }) =>
      resultBuffers(data).map((buffer) => ({ nodeId, sequence, buffer })),
    );
    const measures = {
      decodeMs: this.#decodeMs,
      encodeMs: performance.now() - startedMs,
      kinds: this.#kinds,
      sequenceGaps: 0,
    };
    const { report } = session;
    const answer = encodeMessage(wire.ExecuteResponse, {
      outcome: {
        $case: 'result',
        value: {
          dataOutputs,
          metrics: toExecutionMetrics(session, measures),
          nodeResults: toNodeResults(report),
          status: wire.ExecutionStatus.SUCCESS,
          outputs: listed,
        },
      },
      status: 'SUCCESS',
      warnings: [...warnings, ...joined.warnings],
    });
    if (answer.byteLength > MAX_ANSWER_BYTES) {
      throw new RemoteMediaError(
        'limit.message_size',
        `The answer has ${answer.byteLength} bytes, more than a gRPC message can have`,
      );
    }
    return answer;
  }

  #count(data: RuntimeData): void {
    this.#kinds.set(data.kind, (this.#kinds.get(data.kind) ?? 0) + 1);
  }
}

/** A gRPC message tells its length in four bytes. */
const MAX_ANSWER_BYTES = 2 ** 32 - 1;
