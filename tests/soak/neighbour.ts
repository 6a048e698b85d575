import { setTimeout as pause } from 'node:timers/promises';
import { connect, type PipelineStream, type RemoteMediaClient, type StreamEvent } from '@remotemedia/client';
import type { BinaryData } from '@remotemedia/contract';
import { chain } from '../promises/harness/manifests.js';

const PERIOD_MS = 10;
const BYTES = 640;

/** What became of everything a neighbour sent. */
export interface NeighbourReport {
  readonly name: string;
  readonly sent: number;
  readonly received: number;
  /** Messages that came out of turn, or with other content than they were sent with. */
  readonly wrong: string[];
  /** From send to receipt of the same message. */
  readonly latenciesMs: readonly number[];
  /** Why it ended early; null: it did not. */
  readonly failure: string | null;
}

/** A session that streams all the while beside those that fail, and must not notice. */
export class Neighbour {
  readonly #name: string;
  readonly #client: RemoteMediaClient;
  readonly #stream: PipelineStream;
  readonly #first: string;
  readonly #sentMs: number[] = [];
  readonly #latenciesMs: number[] = [];
  readonly #wrong: string[] = [];
  readonly #ready: Promise<void>;
  readonly #read: Promise<string | null>;
  #received = 0;
  #state: 'sending' | 'ending' = 'sending';

  /** @param nodeTypes of its chain, whose nodes hand on what they get */
  constructor(name: string, address: string, nodeTypes: readonly string[]) {
    this.#name = name;
    this.#client = connect(address);
    const nodes = nodeTypes.map((type, index) => ({ id: `${name}-${index}`, node_type: type }));
    this.#first = nodes[0]?.id ?? '';
    this.#stream = this.#client.stream(chain(nodes));
    let isReady = (): void => undefined;
    let isLost = (_reason: Error): void => undefined;
    this.#ready = new Promise((resolve, reject) => {
      isReady = resolve;
      isLost = reject;
    });
    this.#read = this.#readAll(isReady).catch((error: unknown) => {
      isLost(new Error(`neighbour ${name}: ${error}`));
      return String(error);
    });
  }

  /** Resolves when it streams. */
  async start(): Promise<void> {
    await this.#ready;
    this.#sending = this.#sendAll();
    this.#sending.catch(() => undefined);
  }

  /** Ends it in order, when everything it sent has come back or it is known that it will not. */
  async end(): Promise<NeighbourReport> {
    this.#state = 'ending';
    const unsent = await this.#sending.then(
      () => null,
      (error: unknown) => String(error),
    );
    this.#stream.close();
    const failure = await this.#read;
    this.#client.close();
    return {
      name: this.#name,
      sent: this.#sentMs.length,
      received: this.#received,
      wrong: this.#wrong,
      latenciesMs: this.#latenciesMs,
      failure: failure ?? unsent,
    };
  }

  #sending: Promise<void> = Promise.resolve();

  /** A message every 10 ms, by the clock and not by the pauses between. */
  async #sendAll(): Promise<void> {
    const startedMs = performance.now();
    for (let number = 0; this.#state === 'sending'; number += 1) {
      // The rhythm of the stream: nothing is waited for here.
      await pause(Math.max(0, startedMs + number * PERIOD_MS - performance.now()));
      this.#sentMs.push(performance.now());
      await this.#stream.send({ nodeId: this.#first, data: numbered(number), sequence: number });
    }
  }

  async #readAll(isReady: () => void): Promise<string | null> {
    for await (const event of this.#stream) {
      if (event.type === 'ready') isReady();
      if (event.type === 'result') this.#take(event);
    }
    return null;
  }

  #take({ sequence, data }: Extract<StreamEvent, { type: 'result' }>): void {
    const expected = this.#received;
    this.#received += 1;
    this.#latenciesMs.push(performance.now() - (this.#sentMs[expected] ?? Number.NaN));
    const isRight = data.kind === 'binary' && Buffer.compare(data.data, numbered(expected).data) === 0;
    if (sequence !== expected || !isRight) this.#wrong.push(`got ${sequence} instead of ${expected}`);
  }
}

function numbered(number: number): BinaryData {
  const data = new Uint8Array(new Uint32Array(BYTES / 4).fill(number).buffer);
  return { kind: 'binary', data, mimeType: '', metadata: {} };
}
