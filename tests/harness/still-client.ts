import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { decodeMessage, encodeMessage, wire } from '@remotemedia/contract';

/**
 * A client that sends and never reads, on bare HTTP/2: the one of grpc-js goes on taking responses into its own memory,
 * whether anyone reads them or not.
 */
export class StillClient {
  readonly #session: ClientHttp2Session;
  readonly #stream: ClientHttp2Stream;

  /** @param method the call that it makes; a unary one takes one message and `halfClose` */
  constructor(address: string, method = 'remotemedia.v1.StreamingPipelineService/StreamPipeline') {
    this.#session = connect(`http://${address}`);
    this.#session.on('error', () => undefined);
    this.#stream = this.#session.request({
      ':method': 'POST',
      ':path': `/${method}`,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    this.#stream.on('error', () => undefined);
    this.#stream.pause();
  }

  /** Resolves when the message has left this process: when the service has taken it, or the network has. */
  send(request: NonNullable<wire.StreamRequest['request']>): Promise<void> {
    return this.sendBytes(encodeMessage(wire.StreamRequest, { request }));
  }

  sendBytes(message: Uint8Array): Promise<void> {
    const frame = Buffer.alloc(5 + message.byteLength);
    frame.writeUInt32BE(message.byteLength, 1);
    frame.set(message, 5);
    return new Promise((resolve) => {
      this.#stream.write(frame, () => resolve());
    });
  }

  /** It sends no more. */
  halfClose(): void {
    this.#stream.end();
  }

  /** Reads after all, from what has waited to the end; resolves with all of it. */
  async readAll(): Promise<wire.StreamResponse[]> {
    const parts: Buffer[] = [];
    for await (const part of this.#stream) parts.push(part as Buffer);
    const bytes = Buffer.concat(parts);
    const responses: wire.StreamResponse[] = [];
    for (let at = 0; at < bytes.byteLength; ) {
      const end = at + 5 + bytes.readUInt32BE(at + 1);
      responses.push(decodeMessage(wire.StreamResponse, bytes.subarray(at + 5, end)));
      at = end;
    }
    return responses;
  }

  /** Resolves with the code that the service has reset the stream with. */
  get reset(): Promise<number> {
    return new Promise((resolve) => this.#stream.once('close', () => resolve(this.#stream.rstCode)));
  }

  close(): void {
    this.#session.destroy();
  }
}
