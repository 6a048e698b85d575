import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WireClient } from '../harness/client.js';
import { audioOf, chainOf } from '../harness/messages.js';
import { Neighbour } from '../harness/neighbour.js';
import { ServiceProcess } from '../harness/service-process.js';

const ROUNDS = 4;
const DEADLINE_MS = 20_000;

let runtimeDirectory: string;

beforeAll(async () => {
  runtimeDirectory = await mkdtemp(join(tmpdir(), 'rm-scribble-'));
});

afterAll(() => rm(runtimeDirectory, { recursive: true, force: true }));

async function segmentsOf(id: string): Promise<string[]> {
  return (await readdir('/dev/shm')).filter((name) => name.startsWith(`rm_${id}_`));
}

/** Streams through a node that scribbles; how that ended. */
async function outcomeOf(service: ServiceProcess, what: string, seed: number): Promise<string> {
  const client = new WireClient(service.address);
  const stream = client.stream({ deadline: Date.now() + DEADLINE_MS }).read();
  const nodes = {
    in: 'PassThrough',
    bad: ['ScribbleNode', { what, seed }],
    last: 'EchoNode',
    out: 'PassThrough',
  } as const;
  stream.send({ init: { manifest: chainOf(nodes) } });
  for (let sequence = 1; sequence <= 20; sequence += 1) {
    stream.send({ data_chunk: { node_id: 'in', buffer: audioOf(sequence % 5 === 0 ? 30_000 : 100), sequence } });
  }
  stream.send({ control: { command: 'COMMAND_CLOSE' } });
  const { code, error } = await stream.ended;
  client.close();
  return code === 0 ? 'runs' : (error?.code ?? `status ${code}`);
}

describe('a node that scribbles over the shared memory of its session', () => {
  it.each(['/control', '.connection', '.data', '.dynamic', '/'])(
    'in %s: ends its session or the service, and the next start leaves nothing',
    { timeout: 240_000 },
    async (what) => {
      const outcomes: string[] = [];
      for (let seed = 0; seed < ROUNDS; seed += 1) {
        const service = await ServiceProcess.start({ runtimeDirectory });
        const [id = ''] = service.traces;
        const neighbour = await Neighbour.open(service.address);
        const outcome = await outcomeOf(service, what, seed);
        // A service that did not survive this takes its other sessions with it; one that did must serve them.
        const isServed = await neighbour.end().then(
          () => true,
          () => false,
        );
        if (isServed) service.kill('SIGTERM');
        const { code, signal } = await service.ended;
        outcomes.push(isServed && code === 0 ? outcome : `service ended with ${signal ?? code}`);
        await service.dispose();
        const next = await ServiceProcess.start({ runtimeDirectory });
        expect(await segmentsOf(id), outcome).toEqual([]);
        expect(await readdir(runtimeDirectory)).not.toContain(id);
        next.kill('SIGTERM');
        await next.ended;
        await next.dispose();
      }
      console.log(what, outcomes);
      expect(outcomes).not.toContain('session.deadline');
      // Its numbers are the channel's own: none may end the service, or leave anybody waiting.
      if (what === '/control') expect(outcomes.filter((outcome) => outcome.startsWith('service'))).toEqual([]);
    },
  );
});
