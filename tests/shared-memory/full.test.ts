import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failureOf, type Message, WireClient, type WireStream } from '../harness/client.js';
import { audioOf, chainOf, outputOf, samplesOf } from '../harness/messages.js';
import { Neighbour } from '../harness/neighbour.js';
import { ServiceProcess } from '../harness/service-process.js';
import { MEMORY_MB, SmallMemory, whyNoSmallMemory } from './small-memory.js';

const reason = whyNoSmallMemory();
if (reason !== null) console.log(reason);

const CHAIN = chainOf({ in: 'PassThrough', echo: 'EchoNode' });
/** Two million samples are eight million bytes. */
const LARGE = audioOf(2_000_000);
const DEADLINE_MS = 60_000;

let service: ServiceProcess;
let memory: SmallMemory;
let client: WireClient;

beforeAll(async () => {
  if (reason !== null) return;
  service = await ServiceProcess.start({ sharedMemoryMb: MEMORY_MB, config: '[limits]\nmax_sessions = 100\n' });
  memory = new SmallMemory(service);
  client = new WireClient(service.address);
});

afterAll(async () => {
  if (reason !== null) return;
  client.close();
  await service.dispose();
});

/** Every process that a signal has ended, but for the one by which the service ends what still starts. */
function killed(): unknown[] {
  return service.events.filter(
    ({ event, signal }) => event === 'process.exited' && signal != null && signal !== 'SIGTERM',
  );
}

async function openStream(): Promise<WireStream> {
  const stream = client.stream({ deadline: Date.now() + DEADLINE_MS }).read();
  stream.send({ init: { manifest: CHAIN } });
  await stream.response('ready');
  return stream;
}

async function echo(stream: WireStream, sequence: number, buffer: Message): Promise<void> {
  stream.send({ data_chunk: { node_id: 'in', buffer, sequence } });
  const matches = ({ result }: Message): boolean =>
    result != null && Number((result as Message)['sequence']) === sequence;
  const { result } = await stream.message(matches);
  expect(samplesOf(outputOf(result as Message, 'echo')).equals(samplesOf(buffer))).toBe(true);
}

async function close(stream: WireStream): Promise<void> {
  stream.send({ control: { command: 'COMMAND_CLOSE' } });
  expect((await stream.ended).code).toBe(0);
}

describe.skipIf(reason !== null)(`a /dev/shm of ${MEMORY_MB} MiB`, () => {
  it('serves the sessions that fit and refuses the one that does not', { timeout: 180_000 }, async () => {
    const free = await memory.free();
    const neighbour = await Neighbour.open(service.address);
    const running: WireStream[] = [];
    let refusal: Awaited<WireStream['ended']> | null = null;
    while (refusal === null) {
      expect(running.length).toBeLessThan(MEMORY_MB / 8);
      const stream = await openStream();
      const failed = stream.ended.then((end) => {
        refusal = end;
      });
      await Promise.race([echo(stream, 1, LARGE).then(() => running.push(stream)), failed]).catch(() => failed);
    }
    expect(refusal).toMatchObject({ code: 8, error: { code: 'limit.shared_memory' } });
    expect(running.length).toBeGreaterThan(1);
    await neighbour.serves();
    for (const stream of running) await echo(stream, 2, LARGE);
    for (const stream of running) await close(stream);
    const next = await openStream();
    await echo(next, 1, LARGE);
    await close(next);
    await neighbour.end();
    expect(await memory.segments()).toEqual([]);
    expect(await memory.free()).toBe(free);
    expect(killed()).toEqual([]);
  });

  it('runs or refuses a session however many pages are free', { timeout: 300_000 }, async () => {
    const outcomes = new Map<string, number>();
    const fill = [...Array(32).keys(), 40, 60, 100, 300];
    for (const pages of fill) {
      await memory.leave(pages);
      const call = client.execute(
        { manifest: CHAIN, data_inputs: { in: audioOf(4000) } },
        { deadline: Date.now() + DEADLINE_MS },
      );
      const outcome = await call.then(
        () => 'runs',
        () => failureOf(call).then(({ code }) => code),
      );
      expect(['runs', 'limit.shared_memory'], `${pages} pages`).toContain(outcome);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      expect(await memory.segments()).toEqual([]);
    }
    await memory.leaveAll();
    console.log(`${fill.length} fill levels:`, Object.fromEntries(outcomes));
    expect(outcomes.size).toBe(2);
    expect(killed()).toEqual([]);
  });

  it('lets a session that streams go on when others fill the rest', { timeout: 120_000 }, async () => {
    const neighbour = await Neighbour.open(service.address);
    await neighbour.serves();
    await memory.leave(0);
    await neighbour.serves(50);
    const failure = await failureOf(client.execute({ manifest: CHAIN, data_inputs: { in: audioOf(10) } }));
    expect(failure.code).toBe('limit.shared_memory');
    expect(failure.message).toContain('available');
    await neighbour.serves(10);
    await memory.leaveAll();
    await neighbour.end();
    expect(await memory.segments()).toEqual([]);
    expect(killed()).toEqual([]);
  });
});
