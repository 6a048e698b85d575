import { Server, type ServerCredentials, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { wire } from '@remotemedia/contract';
import type { Access } from '../access/access.js';
import type { DescriptorBudget } from '../session/budget.js';
import { checkTokens } from './check-tokens.js';
import { answerInKind } from './compression.js';
import { type Connections, limitConnections } from './connection-limit.js';
import type { CallContext } from './context.js';
import { withEnvelope } from './envelope.js';
import { executePipeline } from './execute-pipeline.js';
import { getVersion } from './get-version.js';
import type { Health } from './health.js';
import { rawService } from './method.js';
import { addReflection } from './reflection.js';
import { explainRefusals } from './refusals.js';
import { serverCredentials } from './server-credentials.js';
import { streamPipeline } from './stream-pipeline.js';
import { dropUnreadAnswer } from './unread-answer.js';

/** Peers that do not answer a ping in time are gone, and their sessions end. */
export interface Keepalive {
  /** Between two pings. */
  readonly intervalMs: number;
  /** For the answer. */
  readonly timeoutMs: number;
}

const KEEPALIVE: Keepalive = { intervalMs: 30_000, timeoutMs: 10_000 };

/** For the last answers, and for clients to let go of their connections. */
const CLOSE_MS = 1000;

export interface GrpcServerOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly context: CallContext;
  readonly access: Access;
  readonly health: Health;
  readonly descriptors: DescriptorBudget;
  readonly keepalive?: Keepalive | undefined;
}

/** The gRPC face of the service. */
export class GrpcServer {
  readonly #server: Server;
  readonly #health: Health;
  readonly #connections: Connections;
  readonly port: number;

  private constructor(server: Server, { health, descriptors }: GrpcServerOptions, port: number) {
    this.#server = server;
    this.#health = health;
    this.#connections = limitConnections(port, descriptors);
    this.port = port;
  }

  /** @throws Error when the address cannot be bound */
  static async listen(options: GrpcServerOptions): Promise<GrpcServer> {
    const { host, port, context, access, health, keepalive = KEEPALIVE } = options;
    const server = new Server({
      'grpc.max_receive_message_length': withEnvelope(context.maxMessageBytes),
      // Answers are measured where they are made, with an error that says what to do.
      'grpc.max_send_message_length': -1,
      'grpc.keepalive_time_ms': keepalive.intervalMs,
      'grpc.keepalive_timeout_ms': keepalive.timeoutMs,
      interceptors: [
        explainRefusals(context.maxMessageBytes),
        answerInKind(),
        ...checkTokens(access, context.log),
        dropUnreadAnswer(context.stallTimeoutMs, context.log),
      ],
    });
    addService(server, wire.PipelineExecutionServiceDefinition, {
      executePipeline: executePipeline(context),
      getVersion: getVersion(context),
    });
    addService(server, wire.StreamingPipelineServiceDefinition, { streamPipeline: streamPipeline(context) });
    server.addService(health.definition, health.handlers);
    const { fullName: execution } = wire.PipelineExecutionServiceDefinition;
    const { fullName: streaming } = wire.StreamingPipelineServiceDefinition;
    addReflection(server, [execution, streaming, 'grpc.health.v1.Health'], context.log);
    const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
    const bound = await bind(server, address, serverCredentials(access.tls));
    return new GrpcServer(server, options, bound);
  }

  /** Whoever asks for its health hears that it takes no more work; calls are still answered. */
  drain(): void {
    this.#health.drain();
  }

  /** Takes no more calls, lets the answers under way out, and ends. For when no session is left. */
  async close(): Promise<void> {
    this.#health.close();
    const timer = setTimeout(() => {
      this.#server.forceShutdown();
      // It waits for the other end to close, and that may be in no hurry.
      this.#connections.destroy();
    }, CLOSE_MS);
    await new Promise<void>((resolve) => {
      this.#server.tryShutdown(() => resolve());
    });
    clearTimeout(timer);
    this.#connections.release();
  }
}

function addService(
  server: Server,
  service: Parameters<typeof rawService>[0],
  handlers: UntypedServiceImplementation,
): void {
  server.addService(rawService(service), handlers);
}

async function bind(server: Server, address: string, credentials: ServerCredentials): Promise<number> {
  return await new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, port) => {
      if (error === null) resolve(port);
      else reject(error);
    });
  });
}
