import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { encodeMessage, wire } from '@remotemedia/contract';

/**
 * A client that sends and never reads, on bare HTTP/2: the one of grpc-js goes on taking responses into its own memory,
 * whether anyone reads them or not.
 */
export class StillClient {
  readonly #session: ClientHttp2Session;
  readonly #stream: ClientHttp2Stream;

  constructor(address: string) {
    this.#session = connect(`http://${address}`);
    this.#session.on('error', () => undefined);
    this.#stream = this.#session.request({
      ':method': 'POST',
      ':path': '/remotemedia.v1.StreamingPipelineService/StreamPipeline',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    this.#stream.on('error', () => undefined);
    this.#stream.pause();
  }

  /** Resolves when the message has left this process: when the service has taken it, or the network has. */
  send(request: NonNullable<wire.StreamRequest['request']>): Promise<void> {
    const message = encodeMessage(wire.StreamRequest, { request });
    const frame = Buffer.alloc(5 + message.byteLength);
    frame.writeUInt32BE(message.byteLength, 1);
    frame.set(message, 5);
    return new Promise((resolve) => {
      this.#stream.write(frame, () => resolve());
    });
  }

  close(): void {
    this.#session.destroy();
  }
}
