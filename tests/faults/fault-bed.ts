import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { type Message, WireClient, type WireStream } from '../harness/client.js';
import { audioOf } from '../harness/messages.js';
import { Neighbour } from '../harness/neighbour.js';
import { FIXTURE_NODES, type Leftovers, leftovers, startTestService, type TestService } from '../harness/service.js';

/** Modules that fail while they are imported, kept apart: some fail in whoever imports them. */
export const IMPORT_FAULTS = fileURLToPath(new URL('../fixtures/nodes/import-faults', import.meta.url));

/** A service with a neighbour, in which sessions break. */
export class FaultBed {
  readonly running: TestService;
  readonly client: WireClient;
  readonly neighbour: Neighbour;
  readonly #before: Leftovers;

  private constructor(running: TestService, neighbour: Neighbour, before: Leftovers) {
    this.running = running;
    this.client = new WireClient(running.address);
    this.neighbour = neighbour;
    this.#before = before;
  }

  static async open(config: Readonly<Record<string, unknown>> = {}): Promise<FaultBed> {
    const running = await startTestService({
      multiprocess: { python: { extra_paths: [FIXTURE_NODES, IMPORT_FAULTS] } },
      ...config,
    });
    const neighbour = await Neighbour.open(running.address);
    return new FaultBed(running, neighbour, await leftovers(running));
  }

  /** Opens a session, and sends so many chunks to a node of it. */
  stream(manifest: Message, to = '', chunks = 0): WireStream {
    const stream = this.client.stream().read();
    stream.send({ init: { manifest } });
    for (let sequence = 1; sequence <= chunks; sequence += 1) stream.send(chunk(to, sequence));
    return stream;
  }

  /** Checks that the neighbour is served, and that beside it nothing is left. */
  async check(): Promise<void> {
    await this.neighbour.serves();
    expect(await leftovers(this.running)).toEqual(this.#before);
  }

  /** Resolves when a session has ended, whoever ended it. */
  async over(session: unknown): Promise<void> {
    await this.running.event((event) => event.type === 'session.ended' && event.session === session);
  }

  /** The pid of a node's process in a session. */
  async pidOf(session: unknown, node: string): Promise<number> {
    const started = await this.running.event(
      (event) => event.type === 'process.started' && event.session === session && event.node === node,
    );
    return started.type === 'process.started' ? started.pid : 0;
  }

  async close(): Promise<void> {
    await this.neighbour.end();
    this.client.close();
    await this.running.close();
  }
}

export function chunk(nodeId: string, sequence: number): Message {
  return { data_chunk: { node_id: nodeId, buffer: audioOf(32), sequence } };
}
