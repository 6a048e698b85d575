import { fileURLToPath } from 'node:url';
import type { WireStream } from '../harness/client.js';
import { type Message, WireClient } from '../harness/client.js';
import { FIXTURE_NODES, startTestService, type TestService } from '../harness/service.js';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** A service that has the nodes of these tests, and a client of it. */
export class Bed {
  readonly running: TestService;
  readonly client: WireClient;

  private constructor(running: TestService) {
    this.running = running;
    this.client = new WireClient(running.address);
  }

  /** @param service table `[service]` of its settings */
  static async open(service: Readonly<Record<string, unknown>> = {}): Promise<Bed> {
    const python = { extra_paths: [FIXTURE_NODES, here('nodes')] };
    const native = { modules: [here('nodes/crowd.ts')] };
    return new Bed(await startTestService({ service, native, multiprocess: { python } }));
  }

  /** Opens a stream and waits until it is ready. */
  async stream(manifest: Message): Promise<WireStream> {
    const stream = this.client.stream().read();
    stream.send({ init: { manifest } });
    await stream.response('ready');
    return stream;
  }

  async close(): Promise<void> {
    this.client.close();
    await this.running.close();
  }
}

/** Figures of one connection, as the wire has them. */
export interface Connection {
  readonly from: string;
  readonly to: string;
  readonly sent: number;
  readonly received: number;
  readonly dropped: number;
  readonly depth: number;
  readonly full_episodes: number;
}

const NOTHING: Connection = { from: '', to: '', sent: 0, received: 0, dropped: 0, depth: 0, full_episodes: 0 };

/** The connections in a message with metrics; proto3 leaves out what is 0 or empty. */
export function connectionsOf(metrics: Message): Connection[] {
  return (metrics['connections'] as Partial<Connection>[]).map((connection) => ({ ...NOTHING, ...connection }));
}

export function connectionOf(metrics: Message, from: string, to: string): Connection {
  const found = connectionsOf(metrics).find((each) => each.from === from && each.to === to);
  if (found === undefined) throw new Error(`no connection ${from} → ${to}`);
  return found;
}

/** The final metrics of a stream that has ended well. */
export function finalMetrics(stream: WireStream): Message {
  const [closed] = stream.all('closed');
  if (closed === undefined) throw new Error('the stream was not closed');
  return closed['final_metrics'] as Message;
}

export const textChunk = (nodeId: string, sequence: number): Message => ({
  data_chunk: { node_id: nodeId, sequence, buffer: { text: { text_data: Buffer.from(String(sequence)) } } },
});

export const CLOSE: Message = { control: { command: 'COMMAND_CLOSE' } };
