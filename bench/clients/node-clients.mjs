// The same three calls through grpc-js with proto-loader, and through @remotemedia/client.
import { fileURLToPath } from 'node:url';
import * as grpc from '@grpc/grpc-js';
import * as protoLoader from '@grpc/proto-loader';
import { audioFromSamples, connect } from '@remotemedia/client';

const PROTO = fileURLToPath(new URL('../../proto/remotemedia.proto', import.meta.url));
const MANIFEST = { version: 'v1', nodes: [{ id: 'pass', node_type: 'PassThrough' }] };
/** 20 ms of voice. */
const SAMPLES = 320;
const RATE = 16_000;

/** @typedef {(request: object, done: (error: Error | null) => void) => void} Unary */
/** @typedef {import('@grpc/grpc-js').ClientDuplexStream<object, { response: string }>} BareStream */
/** @typedef {{ getVersion: Unary, executePipeline: Unary, streamPipeline(): BareStream, close(): void }} Stub */
/** @typedef {new (address: string, credentials: import('@grpc/grpc-js').ChannelCredentials) => Stub} StubClass */

/** What anybody has without us. */
export class BareNode {
  #client;
  #streams;
  /** @type {BareStream | null} */
  #stream = null;
  #sequence = 0;
  /** @type {((message: { response: string }) => void) | null} */
  #take = null;
  #buffer = {
    audio: {
      samples: Buffer.alloc(SAMPLES * 4),
      sample_rate: RATE,
      channels: 1,
      format: 'AUDIO_FORMAT_F32',
      num_samples: SAMPLES,
    },
  };

  /** @param {string} address */
  constructor(address) {
    const definition = protoLoader.loadSync(PROTO, { keepCase: true, longs: Number, enums: String, oneofs: true });
    const loaded = /** @type {unknown} */ (grpc.loadPackageDefinition(definition));
    const { v1 } = /** @type {{ remotemedia: { v1: Record<string, StubClass> } }} */ (loaded).remotemedia;
    const { PipelineExecutionService: Execution, StreamingPipelineService: Streaming } = v1;
    if (Execution === undefined || Streaming === undefined) throw new Error('the proto lacks a service');
    this.#client = new Execution(address, grpc.credentials.createInsecure());
    this.#streams = new Streaming(address, grpc.credentials.createInsecure());
  }

  version() {
    return this.#unary('getVersion', { client_version: 'v1' });
  }

  execute() {
    return this.#unary('executePipeline', {
      manifest_json: JSON.stringify(MANIFEST),
      data_inputs: { pass: this.#buffer },
    });
  }

  async open() {
    this.#stream = this.#streams.streamPipeline();
    this.#stream.on('data', (message) => this.#take?.(message));
    const ready = this.#next('ready');
    this.#stream.write({ init: { manifest_json: JSON.stringify(MANIFEST) } });
    await ready;
  }

  async frame() {
    this.#sequence += 1;
    const result = this.#next('result');
    this.#stream?.write({ data_chunk: { node_id: 'pass', buffer: this.#buffer, sequence: this.#sequence } });
    await result;
  }

  async close() {
    const closed = this.#next('closed');
    this.#stream?.end();
    await closed;
    this.#client.close();
    this.#streams.close();
  }

  /** @param {'getVersion' | 'executePipeline'} method @param {object} request @returns {Promise<void>} */
  #unary(method, request) {
    return new Promise((resolve, reject) => {
      this.#client[method](request, (/** @type {Error | null} */ error) =>
        error === null ? resolve() : reject(error),
      );
    });
  }

  /** Resolves at the next message of this kind. @param {string} kind @returns {Promise<void>} */
  #next(kind) {
    return new Promise((resolve) => {
      this.#take = (message) => {
        if (message.response === kind) resolve();
      };
    });
  }
}

/** The same through our client. */
export class OwnNode {
  #client;
  /** @type {import('@remotemedia/client').PipelineStream | null} */
  #stream = null;
  /** @type {AsyncGenerator<import('@remotemedia/client').StreamEvent, void, undefined> | null} */
  #events = null;
  #audio = audioFromSamples(new Float32Array(SAMPLES), { sampleRate: RATE });

  /** @param {string} address */
  constructor(address) {
    this.#client = connect(address);
  }

  async version() {
    await this.#client.version();
  }

  async execute() {
    await this.#client.execute(MANIFEST, { pass: this.#audio });
  }

  async open() {
    this.#stream = this.#client.stream(MANIFEST);
    this.#events = this.#stream[Symbol.asyncIterator]();
    await this.#next('ready');
  }

  async frame() {
    await this.#stream?.send({ nodeId: 'pass', data: this.#audio });
    await this.#next('result');
  }

  async close() {
    this.#stream?.close();
    await this.#next('closed');
    this.#client.close();
  }

  /** @param {string} kind */
  async #next(kind) {
    for (;;) {
      const event = await this.#events?.next();
      if (event === undefined || event.done) throw new Error(`the stream ended before ${kind}`);
      if (event.value.type === kind) return;
    }
  }
}
