import * as grpc from '@grpc/grpc-js';
import { decodeMessage, encodeMessage, type MessageCodec, wire } from '@remotemedia/contract';
import { errorOf } from '../harness/client.js';

const EXECUTE = '/remotemedia.v1.PipelineExecutionService/ExecutePipeline';
const asIs = (bytes: Buffer): Buffer => bytes;

/** A client of grpc-js that sends bytes as it is told to, and knows nothing of any schema. */
export class RawClient {
  readonly #client: grpc.Client;

  constructor(address: string, options: grpc.ClientOptions = {}) {
    const all = { 'grpc.max_receive_message_length': -1, 'grpc.use_local_subchannel_pool': 1, ...options };
    this.#client = new grpc.Client(address, grpc.credentials.createInsecure(), all);
  }

  /**
   * The answer to ExecutePipeline.
   *
   * @throws RemoteMediaError what the service says is wrong
   */
  async execute(request: Uint8Array): Promise<wire.ExecuteResponse> {
    const answer = new Promise<Buffer | undefined>((resolve, reject) => {
      this.#client.makeUnaryRequest(EXECUTE, asIs, asIs, Buffer.from(request), (error, bytes) => {
        if (error === null) resolve(bytes);
        else reject(errorOf(error));
      });
    });
    return decodeMessage(wire.ExecuteResponse, (await answer) ?? Buffer.alloc(0));
  }

  /** All answers of a stream to these requests. */
  async stream<Request, Answer>(
    path: string,
    [requestCodec, answerCodec]: readonly [MessageCodec<Request>, MessageCodec<Answer>],
    requests: readonly Request[],
  ): Promise<Answer[]> {
    const call = this.#client.makeBidiStreamRequest(path, asIs, asIs);
    for (const request of requests) call.write(Buffer.from(encodeMessage(requestCodec, request)));
    call.end();
    const answers: Answer[] = [];
    for await (const bytes of call) answers.push(decodeMessage(answerCodec, bytes as Buffer));
    return answers;
  }

  close(): void {
    this.#client.close();
  }
}

/** One field of a message as bytes, of wire type 2: a text, bytes, or a message. */
export function field(number: number, content: string | Uint8Array): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.byteLength), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return Buffer.from([...bytes, rest]);
}
