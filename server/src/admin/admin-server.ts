import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { ServiceStatus } from '@remotemedia/contract';
import type { Logger } from '../observe/logger.js';
import { METRICS_CONTENT_TYPE, renderMetrics } from './render-metrics.js';

/** Name of the socket in the folder of an instance. */
export const ADMIN_SOCKET = 'admin';

/** A connection on which nothing moves for this long is closed. */
const IDLE_TIMEOUT_MS = 10_000;
/** Each is a descriptor less for sessions. */
const MAX_CONNECTIONS = 16;
/** Node looks for slow requests in this interval, all the time; the idle timeout of a connection does that here. */
const NEVER_MS = 2 ** 31 - 1;

/**
 * Answers `GET /status` and `GET /metrics` on a Unix socket in the folder of an instance, which only its user can enter.
 *
 * It computes when it is asked and does nothing in between.
 */
export class AdminServer {
  readonly #server: Server;
  readonly #readStatus: () => Promise<ServiceStatus>;
  readonly #log: Logger;
  #reading: Promise<ServiceStatus> | null = null;

  private constructor(readStatus: () => Promise<ServiceStatus>, log: Logger) {
    this.#readStatus = readStatus;
    this.#log = log;
    this.#server = createServer({ connectionsCheckingInterval: NEVER_MS }, (request, response) => {
      void this.#answer(request, response);
    });
    this.#server.maxConnections = MAX_CONNECTIONS;
    this.#server.setTimeout(IDLE_TIMEOUT_MS);
  }

  /**
   * Starts to listen. A service runs without it too: then a warning says what is missing, and this resolves with null.
   *
   * @param directory folder of the instance
   */
  static async open(
    directory: string,
    readStatus: () => Promise<ServiceStatus>,
    log: Logger,
  ): Promise<AdminServer | null> {
    const admin = new AdminServer(readStatus, log);
    try {
      await admin.#listen(join(directory, ADMIN_SOCKET));
      return admin;
    } catch (error) {
      log.warn(`\`remotemedia ps\` will not find this service: ${error instanceof Error ? error.message : error}`);
      return null;
    }
  }

  /** Closes the socket and every connection to it. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  #listen(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(path, () => {
        this.#server.off('error', reject);
        this.#server.on('error', (error) => this.#log.warn(`Admin socket: ${error.message}`));
        resolve();
      });
    });
  }

  async #answer({ method, url }: IncomingMessage, response: ServerResponse): Promise<void> {
    if (method !== 'GET') return reply(response, 405, 'application/json', '{"error":"only GET"}');
    try {
      switch (url?.split('?', 1)[0]) {
        case '/status':
          return reply(response, 200, 'application/json', JSON.stringify(await this.#status()));
        case '/metrics':
          return reply(response, 200, METRICS_CONTENT_TYPE, renderMetrics(await this.#status()));
        default:
          return reply(response, 404, 'application/json', '{"error":"there are /status and /metrics"}');
      }
    } catch (error) {
      this.#log.error('The status of the service could not be read', { err: error });
      return reply(response, 500, 'application/json', '{"error":"internal"}');
    }
  }

  /** Those who ask at the same time get the same answer: a crowd costs no more than one. */
  #status(): Promise<ServiceStatus> {
    this.#reading ??= this.#readStatus().finally(() => {
      this.#reading = null;
    });
    return this.#reading;
  }
}

function reply(response: ServerResponse, status: number, type: string, body: string): void {
  const headers = { 'content-type': type, 'content-length': Buffer.byteLength(body), connection: 'close' };
  response.writeHead(status, headers).end(body);
}
