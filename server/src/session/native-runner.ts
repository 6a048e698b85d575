import {
  DATA_KINDS,
  type DataKind,
  type Frame,
  isRemoteMediaError,
  type RemoteMediaError,
  type RuntimeData,
} from '@remotemedia/contract';
import type { NodeInstance, NodeOutput, NodeOutputs, NodeResult } from '../nodes/node.js';
import type { Merge } from './merge.js';
import { nodeFailure } from './node-failure.js';
import { END, type OutputPort, type ReceivedFrame } from './ports.js';

/** After this long without a pause, a node lets the event loop serve everyone else. */
const BUSY_BUDGET_MS = 5;

/** How many there were of each kind of data. */
export type KindCounts = Partial<Record<RuntimeData['kind'], number>>;

export interface NodeTotals {
  itemsIn: number;
  itemsOut: number;
  /** Of the outputs. */
  outputKinds: KindCounts;
  /** Outputs that no connection carries; they are not among `itemsOut`. */
  leftOut: KindCounts;
  /** Time inside the node's own code, waiting for room on its outputs excluded. */
  processMs: number;
}

/** The error of data that a node must not get; null: it may have it. */
export type InputCheck = (data: RuntimeData, sequence: number) => RemoteMediaError | null;

export interface NativeRunnerOptions {
  readonly nodeId: string;
  readonly instance: NodeInstance;
  readonly input: Merge;
  readonly outputs: readonly OutputPort[];
  /** The kinds of data that outputs carry. Default, and for those that are not in it: all. */
  readonly kindsOf?: ReadonlyMap<OutputPort, readonly DataKind[]>;
  /** Asked about each input. Default: the node may have all. */
  readonly refusalOf?: InputCheck | null;
  /** Told once of each kind that no output carries. */
  readonly onLeftOut?: (kind: DataKind) => void;
}

/** Drives one native node: `start`, then `process` per frame, `flush` after the last, and END on every output. */
export class NativeRunner {
  readonly nodeId: string;
  readonly totals: NodeTotals = { itemsIn: 0, itemsOut: 0, outputKinds: {}, leftOut: {}, processMs: 0 };
  readonly #instance: NodeInstance;
  readonly #input: Merge;
  readonly #outputs: readonly OutputPort[];
  readonly #areOutputsCopied: boolean;
  /** By kind of data: the outputs that carry it. */
  readonly #carriers: Readonly<Record<DataKind, readonly OutputPort[]>>;
  readonly #refusalOf: InputCheck | null;
  readonly #onLeftOut: (kind: DataKind) => void;
  /** Sequence and time that outputs inherit: those of the latest input. */
  #sequence = 0;
  #timestampUs = 0;
  #startedMs = 0;
  #busyMs = 0;

  constructor(options: NativeRunnerOptions) {
    this.nodeId = options.nodeId;
    this.#instance = options.instance;
    this.#input = options.input;
    this.#outputs = options.outputs;
    this.#carriers = carriersOf(options.outputs, options.kindsOf);
    this.#refusalOf = options.refusalOf ?? null;
    this.#onLeftOut = options.onLeftOut ?? (() => undefined);
    this.#areOutputsCopied = options.outputs.every((output) => !output.keepsBytes);
  }

  /** Resolves when the node has ended and its outputs were taken; rejects with `node.failed`, or the reason its ports were closed for. */
  async run(): Promise<void> {
    if (this.#instance.start !== undefined) await this.#source(this.#instance.start());
    for (;;) {
      const got = this.#input.tryReceive();
      if (got === null) {
        await this.#input.ready();
        this.#busyMs = 0;
        continue;
      }
      if (got === END) break;
      const sentBefore = this.totals.itemsOut;
      const pending = this.#process(got);
      if (pending !== undefined) await pending;
      // An output may be a view of its input; where it lies in a queue, the input's memory is left to the garbage collector.
      if (got.release !== null && (this.#areOutputsCopied || this.totals.itemsOut === sentBefore)) got.release();
      if (this.#busyMs > BUSY_BUDGET_MS) await this.#letOthersRun();
    }
    await this.#flush();
    await Promise.all(this.#outputs.map((output) => output.end()));
  }

  #process(frame: ReceivedFrame): Promise<void> | undefined {
    this.#sequence = frame.sequence;
    this.#timestampUs = frame.timestampUs;
    this.totals.itemsIn += 1;
    if (this.#instance.process === undefined) return undefined;
    const refusal = this.#refusalOf?.(frame.data, frame.sequence) ?? null;
    if (refusal !== null) throw refusal;
    this.#resumeClock();
    try {
      const made = this.#instance.process(frame.data, { from: this.#input.from, frame });
      const pending = made instanceof Promise ? made.then((outputs) => this.#emitAll(outputs)) : this.#emitAll(made);
      return pending?.catch((error: unknown) => this.#fail(error));
    } catch (error) {
      return this.#fail(error);
    }
  }

  async #flush(): Promise<void> {
    if (this.#instance.flush === undefined) return;
    this.#resumeClock();
    try {
      await this.#emitAll(await this.#instance.flush());
    } catch (error) {
      this.#fail(error);
    }
  }

  /** What a node makes on its own gets the sequence it gives it, or a count of its own. */
  async #source(made: NodeOutputs): Promise<void> {
    let next = 0;
    this.#resumeClock();
    try {
      for await (const output of made) {
        this.#sequence = next;
        this.#timestampUs = 0;
        if (isFrame(output)) next = output.sequence;
        next += 1;
        const pending = this.#emit(output);
        if (pending !== undefined) await pending;
        if (this.#busyMs > BUSY_BUDGET_MS) await this.#letOthersRun();
        this.#resumeClock();
      }
      this.#pauseClock();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Undefined: all sent, synchronously. */
  #emitAll(made: NodeResult): Promise<void> | undefined {
    if (made === null || made === undefined) {
      this.#pauseClock();
      return undefined;
    }
    if (isAsyncIterable(made)) return this.#emitAsync(made);
    if (!isIterable(made)) return this.#emit(made);
    const iterator = made[Symbol.iterator]();
    return this.#emitFrom(iterator);
  }

  /** A synchronous run over an iterator, which turns into a promise only where an output is full. */
  #emitFrom(iterator: Iterator<NodeOutput>): Promise<void> | undefined {
    for (let step = iterator.next(); step.done !== true; step = iterator.next()) {
      const pending = this.#emit(step.value);
      if (pending !== undefined) {
        return pending.then(() => {
          this.#resumeClock();
          return this.#emitFrom(iterator);
        });
      }
      this.#resumeClock();
    }
    this.#pauseClock();
    return undefined;
  }

  async #emitAsync(made: AsyncIterable<NodeOutput>): Promise<void> {
    for await (const output of made) {
      const pending = this.#emit(output);
      if (pending !== undefined) await pending;
      this.#resumeClock();
    }
    this.#pauseClock();
  }

  #leaveOut(kind: DataKind): void {
    const { leftOut } = this.totals;
    leftOut[kind] = (leftOut[kind] ?? 0) + 1;
    if (leftOut[kind] === 1) this.#onLeftOut(kind);
  }

  /** One output to every branch that carries its kind; undefined: no branch was full. */
  #emit(output: NodeOutput): Promise<void> | undefined {
    this.#pauseClock();
    const frame: Frame = isFrame(output)
      ? output
      : { sequence: this.#sequence, timestampUs: this.#timestampUs, data: output };
    const { kind } = frame.data;
    const branches = this.#carriers[kind] ?? this.#outputs;
    if (branches.length === 0 && this.#outputs.length > 0) {
      this.#leaveOut(kind);
      return undefined;
    }
    this.totals.itemsOut += 1;
    const { outputKinds } = this.totals;
    outputKinds[kind] = (outputKinds[kind] ?? 0) + 1;
    let waiting: Promise<void> | undefined;
    try {
      for (const branch of branches) {
        const pending = branch.send(frame);
        if (pending === undefined) continue;
        waiting = waiting === undefined ? pending : both(waiting, pending);
      }
    } catch (error) {
      // Nobody waits for the other branches any more; what becomes of them is told by the end of the session.
      waiting?.catch(() => undefined);
      throw error;
    }
    return waiting;
  }

  #resumeClock(): void {
    this.#startedMs = performance.now();
  }

  #pauseClock(): void {
    const spentMs = performance.now() - this.#startedMs;
    this.totals.processMs += spentMs;
    this.#busyMs += spentMs;
  }

  async #letOthersRun(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#busyMs = 0;
  }

  #fail(error: unknown): never {
    const isFromPort = error === this.#input.reason;
    if (isFromPort || (isRemoteMediaError(error) && error.nodeId !== null)) throw error;
    throw nodeFailure(this.nodeId, error, this.#sequence);
  }
}

function carriersOf(
  outputs: readonly OutputPort[],
  kindsOf: NativeRunnerOptions['kindsOf'],
): Record<DataKind, readonly OutputPort[]> {
  const carriers = DATA_KINDS.map((kind) => [
    kind,
    outputs.filter((port) => kindsOf?.get(port)?.includes(kind) ?? true),
  ]);
  return Object.fromEntries(carriers) as Record<DataKind, readonly OutputPort[]>;
}

async function both(one: Promise<void>, other: Promise<void>): Promise<void> {
  await Promise.all([one, other]);
}

function isFrame(output: NodeOutput): output is Frame {
  return 'data' in output && 'sequence' in output;
}

function isAsyncIterable(value: object): value is AsyncIterable<NodeOutput> {
  return Symbol.asyncIterator in value;
}

function isIterable(value: object): value is Iterable<NodeOutput> {
  return Symbol.iterator in value;
}
