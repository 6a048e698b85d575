import { expect } from 'vitest';
import { type Message, WireClient, type WireStream } from './client.js';
import { audioOf, chainOf, type Nodes, outputOf, samplesOf } from './messages.js';

const SAMPLES = 64;

/** Through this service and through a process of its own, each with other bytes in every message. */
const NODES: Nodes = { in: 'PassThrough', echo: 'EchoNode' };

/**
 * A session that streams beside those that fail, and must not notice: it is opened before them, always has one message on
 * its way, and sends the next when that one has come back.
 */
export class Neighbour {
  readonly #client: WireClient;
  readonly #stream: WireStream;
  readonly #wrong: string[] = [];
  #sent = 0;
  #received = 0;
  #state: 'running' | 'ending' = 'running';
  #onResult: (() => void) | null = null;

  private constructor(client: WireClient) {
    this.#client = client;
    this.#stream = client.stream();
    this.#stream.call.on('data', (message: Message) => {
      if (message['result'] != null) this.#take(message['result'] as Message);
    });
    this.#stream.read();
  }

  /** Resolves when it streams. */
  static async open(address: string): Promise<Neighbour> {
    const neighbour = new Neighbour(new WireClient(address));
    neighbour.#stream.send({ init: { manifest: chainOf(NODES) } });
    await neighbour.#stream.response('ready');
    neighbour.#send();
    return neighbour;
  }

  /** Resolves when it has got so many more results: it lives, and is served. */
  async serves(results = 3): Promise<void> {
    const wanted = this.#received + results;
    const ended = this.#stream.ended.then(({ code, error }) => {
      throw error ?? new Error(`the neighbour ended with status ${code}`);
    });
    ended.catch(() => undefined);
    while (this.#received < wanted) {
      const next = new Promise<void>((resolve) => {
        this.#onResult = resolve;
      });
      await Promise.race([next, ended]);
    }
  }

  /** Ends it in order and checks that everything it sent has come back as it was sent, in turn. */
  async end(): Promise<void> {
    this.#state = 'ending';
    this.#stream.send({ control: { command: 'COMMAND_CLOSE' } });
    const { code, error } = await this.#stream.ended;
    this.#client.close();
    expect({ code, error, wrong: this.#wrong, received: this.#received }).toEqual({
      code: 0,
      error: null,
      wrong: [],
      received: this.#sent,
    });
  }

  #send(): void {
    this.#sent += 1;
    const buffer = audioOf(SAMPLES, this.#sent);
    this.#stream.send({ data_chunk: { node_id: 'in', buffer, sequence: this.#sent } });
  }

  #take(result: Message): void {
    this.#received += 1;
    const sequence = Number(result['sequence']);
    const isRight = samplesOf(outputOf(result, 'echo')).equals(samplesOf(audioOf(SAMPLES, this.#received)));
    if (sequence !== this.#received || !isRight) this.#wrong.push(`got ${sequence} as number ${this.#received}`);
    this.#onResult?.();
    // At the pace of a microphone: a stream that runs as fast as it can would take the machine from the others.
    if (this.#state === 'running') setTimeout(() => this.#sendNext(), 20);
  }

  #sendNext(): void {
    if (this.#state === 'running') this.#send();
  }
}
