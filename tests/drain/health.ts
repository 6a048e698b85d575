import * as grpc from '@grpc/grpc-js';
import * as loader from '@grpc/proto-loader';
import { protoPath } from 'grpc-health-check';

interface Answer {
  readonly status: string;
}
type Check = (request: { service: string }, done: (error: grpc.ServiceError | null, answer: Answer) => void) => void;
type Watch = (request: { service: string }) => grpc.ClientReadableStream<Answer>;

/** A client of `grpc.health.v1.Health` that knows nothing but its public .proto. */
export class HealthClient {
  readonly #client: grpc.Client;

  constructor(address: string) {
    const loaded = grpc.loadPackageDefinition(loader.loadSync(protoPath, { enums: String, defaults: true }));
    const { Health } = (loaded as unknown as { grpc: { health: { v1: { Health: grpc.ServiceClientConstructor } } } })
      .grpc.health.v1;
    this.#client = new Health(address, grpc.credentials.createInsecure());
  }

  /** @throws grpc.ServiceError for a service that is not known */
  check(service = ''): Promise<string> {
    const check = (this.#client as unknown as { check: Check }).check.bind(this.#client);
    return new Promise((resolve, reject) => {
      check({ service }, (error, answer) => {
        if (error === null) resolve(answer.status);
        else reject(error);
      });
    });
  }

  watch(service = ''): HealthWatch {
    return new HealthWatch((this.#client as unknown as { watch: Watch }).watch.call(this.#client, { service }));
  }

  close(): void {
    this.#client.close();
  }
}

/** All statuses that a watch was told, and its end. */
export class HealthWatch {
  readonly statuses: string[] = [];
  readonly call: grpc.ClientReadableStream<Answer>;
  readonly ended: Promise<number>;
  #look: () => void = () => undefined;

  constructor(call: grpc.ClientReadableStream<Answer>) {
    this.call = call;
    this.ended = new Promise((resolve) => call.on('status', ({ code }) => resolve(code)));
    call.on('error', () => undefined);
    call.on('data', ({ status }: Answer) => {
      this.statuses.push(status);
      this.#look();
    });
  }

  /** Resolves when it was told so. */
  async told(status: string): Promise<void> {
    while (!this.statuses.includes(status)) {
      await new Promise<void>((resolve) => {
        this.#look = resolve;
      });
    }
  }
}
