import { type ClientHttp2Session, connect, constants } from 'node:http2';
import { connect as connectTcp } from 'node:net';

const METHODS = {
  execute: '/remotemedia.v1.PipelineExecutionService/ExecutePipeline',
  stream: '/remotemedia.v1.StreamingPipelineService/StreamPipeline',
};

/** How a call ended, as far as HTTP/2 tells. */
export interface HttpEnd {
  /** From headers or trailers; null: the stream was reset, or ended without. */
  readonly grpcStatus: number | null;
  readonly message: string;
  readonly resetCode: number;
}

/** Calls below gRPC: any headers, any bytes, whatever their lengths say. */
export class Http2Client {
  readonly #session: ClientHttp2Session;

  constructor(address: string) {
    this.#session = connect(`http://${address}`);
    // A service may end a connection of nonsense.
    this.#session.on('error', () => undefined);
  }

  call(
    method: keyof typeof METHODS,
    body: readonly Buffer[],
    headers: Readonly<Record<string, string>> = {},
  ): Promise<HttpEnd> {
    return new Promise((resolve) => {
      const stream = this.#session.request({
        ':method': 'POST',
        ':path': METHODS[method],
        'content-type': 'application/grpc',
        te: 'trailers',
        ...headers,
      });
      let grpcStatus: number | null = null;
      let message = '';
      const look = (found: Readonly<Record<string, unknown>>): void => {
        if (found['grpc-status'] !== undefined) grpcStatus = Number(found['grpc-status']);
        if (found['grpc-message'] !== undefined) message = decodeURIComponent(String(found['grpc-message']));
      };
      stream.on('response', look);
      stream.on('trailers', look);
      stream.on('error', () => undefined);
      stream.on('close', () => resolve({ grpcStatus, message, resetCode: stream.rstCode }));
      stream.resume();
      for (const part of body) stream.write(part);
      stream.end();
    });
  }

  close(): void {
    this.#session.destroy();
  }
}

export const NO_ERROR = constants.NGHTTP2_NO_ERROR;

/** One gRPC message in its frame. */
export function framed(message: Buffer, { compressed = 0, length = message.length } = {}): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(compressed, 0);
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, message]);
}

/** Writes bytes to a port, and resolves when the connection is closed by whoever closes it. */
export function throwBytes(address: string, bytes: Buffer): Promise<void> {
  const [host = '', port = ''] = address.split(':');
  return new Promise((resolve) => {
    const socket = connectTcp(Number(port), host, () => socket.end(bytes));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
    socket.resume();
  });
}
