import type {
  ServerUnaryCall,
  ServerWritableStream,
  ServiceDefinition,
  sendUnaryData,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { GRPC_STATUS } from '@remotemedia/contract';
import { service } from 'grpc-health-check';

export type HealthStatus = 'SERVING' | 'NOT_SERVING';

/** Most services that one `List` names, as the protocol has it. */
const MAX_LISTED = 100;

interface HealthRequest {
  readonly service: string;
}
interface HealthAnswer {
  readonly status: HealthStatus | 'SERVICE_UNKNOWN';
}
interface HealthList {
  readonly statuses: Readonly<Record<string, HealthAnswer>>;
}
type Watcher = ServerWritableStream<HealthRequest, HealthAnswer>;

/**
 * The health of the service (under the empty name), of its gRPC services and of its node types. A type that cannot be
 * used is NOT_SERVING; when the service drains, everything is.
 */
export class Health {
  /** `grpc.health.v1.Health`. */
  readonly definition: ServiceDefinition = service;
  readonly #statuses: Map<string, HealthStatus>;
  readonly #watchers = new Set<Watcher>();

  constructor(statuses: Iterable<readonly [string, HealthStatus]>) {
    this.#statuses = new Map([['', 'SERVING'], ...statuses]);
  }

  get handlers(): UntypedServiceImplementation {
    return {
      check: (call: ServerUnaryCall<HealthRequest, HealthAnswer>, respond: sendUnaryData<HealthAnswer>): void => {
        const status = this.#statuses.get(call.request.service);
        if (status !== undefined) respond(null, { status });
        else
          respond({
            code: GRPC_STATUS.NOT_FOUND,
            details: `There is no service or node type '${call.request.service}'`,
          });
      },
      list: (_call: unknown, respond: sendUnaryData<HealthList>): void => this.#list(respond),
      watch: (call: Watcher): void => this.#watch(call),
    };
  }

  /** Everything is NOT_SERVING from here on, and whoever watches is told so. */
  drain(): void {
    for (const name of this.#statuses.keys()) this.#statuses.set(name, 'NOT_SERVING');
    for (const watcher of this.#watchers) watcher.write(this.#answer(watcher));
  }

  /** Ends all watches: they would keep a closing server waiting. */
  close(): void {
    for (const watcher of this.#watchers) watcher.end();
  }

  #list(respond: sendUnaryData<HealthList>): void {
    if (this.#statuses.size > MAX_LISTED) {
      respond({ code: GRPC_STATUS.RESOURCE_EXHAUSTED, details: `More than ${MAX_LISTED} services: ask for each` });
    } else {
      respond(null, { statuses: Object.fromEntries([...this.#statuses].map(([name, status]) => [name, { status }])) });
    }
  }

  #watch(call: Watcher): void {
    this.#watchers.add(call);
    call.on('cancelled', () => this.#watchers.delete(call));
    call.write(this.#answer(call));
  }

  #answer({ request }: Watcher): HealthAnswer {
    return { status: this.#statuses.get(request.service) ?? 'SERVICE_UNKNOWN' };
  }
}
