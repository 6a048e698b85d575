import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Message, WireClient } from '../harness/client.js';
import { audioOf, chainOf, type Nodes } from '../harness/messages.js';
import { FIXTURE_NODES } from '../harness/service.js';
import { type Footprint, footprintOf } from '../soak/footprint.js';
import { inParallel } from '../soak/run-faults.js';
import { SessionBook } from '../soak/session-book.js';
import { printFigures } from './harness/figures.js';
import { ServiceProcess } from './harness/service-process.js';

/** `SESSIONS=1000` is what is promised. */
const SESSIONS = Number(process.env['SESSIONS'] ?? 300);
/** After these the service has compiled its code and made room for its work. */
const WARM_UP = 100;
const STEP = 100;
const AT_ONCE = 3;
const CHUNKS = 20;
const LIMIT_MIB = 10;

/** In turn; every second session has a Python process. */
const CHAINS: readonly Nodes[] = [
  { first: 'PassThrough', cut: ['AudioChunkerNode', { chunk_size: 160 }] },
  { first: 'PassThrough', python: 'EchoNode' },
  { first: 'PassThrough', again: 'PassThrough' },
  { first: 'PassThrough', python: 'PassOnNode', last: 'PassThrough' },
];

let service: ServiceProcess;
let client: WireClient;

beforeAll(async () => {
  service = await ServiceProcess.start({ nodes: [FIXTURE_NODES] });
  client = new WireClient(service.address);
});

afterAll(async () => {
  client.close();
  await service.stop();
});

/** Every other round of the chains is a stream. */
async function runSession(index: number): Promise<void> {
  const manifest = chainOf(CHAINS[index % CHAINS.length] ?? {});
  if (Math.floor(index / CHAINS.length) % 2 === 0) {
    await client.execute({ manifest, data_inputs: { first: audioOf(1600) } });
    return;
  }
  const stream = client.stream().read();
  stream.send({ init: { manifest } });
  for (let sequence = 1; sequence <= CHUNKS; sequence += 1) stream.send(chunk(sequence));
  stream.send({ control: { command: 'COMMAND_CLOSE' } });
  const { code, error } = await stream.ended;
  if (code !== 0) throw error ?? new Error(`session ${index} ended with status ${code}`);
}

function chunk(sequence: number): Message {
  return { data_chunk: { node_id: 'first', buffer: audioOf(160, sequence), sequence } };
}

it(`${SESSIONS} sessions, opened and closed, leave the service as it was after the first ${WARM_UP}`, {
  timeout: 60_000 + SESSIONS * 1000,
  retry: 0,
}, async () => {
  const book = new SessionBook(service);
  const prints: Footprint[] = [];
  const startedMs = performance.now();
  for (let first = 0; first < SESSIONS; first += STEP) {
    await inParallel({ first, end: first + STEP, width: AT_ONCE }, runSession);
    await book.quiet(0);
    prints.push(await footprintOf(service));
  }
  const seconds = (performance.now() - startedMs) / 1000;
  const [before, after] = [prints[WARM_UP / STEP - 1], prints.at(-1)];
  if (before === undefined || after === undefined) throw new Error('nothing was measured');
  const grownMib = (after.rssBytes - before.rssBytes) / 2 ** 20;
  printFigures(`${SESSIONS} sessions, ${AT_ONCE} at a time, half of them with a Python node`, {
    rate: `${(SESSIONS / seconds).toFixed(1)} sessions/s`,
    [`memory after each ${STEP}`]: `${prints.map(({ rssBytes }) => (rssBytes / 2 ** 20).toFixed(1)).join(', ')} MiB`,
    growth: `${grownMib.toFixed(1)} MiB after the first ${WARM_UP} (limit ${LIMIT_MIB} MiB)`,
    descriptors: prints.map(({ descriptors }) => descriptors).join(', '),
    threads: prints.map(({ threads }) => threads).join(', '),
    rescues: await service.rescues(),
  });
  expect(book.opened).toBe(SESSIONS);
  expect(grownMib).toBeLessThan(LIMIT_MIB);
  expect(after.descriptors).toBeLessThanOrEqual(before.descriptors);
  for (const { processes, segments, roots } of prints)
    expect({ processes, segments, roots }).toEqual({ processes: [], segments: [], roots: [] });
  expect(service.alarms).toEqual([]);
  expect(await service.rescues()).toBe(0);
});
