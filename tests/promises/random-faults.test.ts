import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seedOf } from '../channel/random.js';
import { WireClient } from '../harness/client.js';
import { audioOf, chainOf } from '../harness/messages.js';
import { FIXTURE_NODES } from '../harness/service.js';
import { MAX_MESSAGE_BYTES } from '../soak/faults/bad-requests.js';
import { FAULTS } from '../soak/faults/table.js';
import { type Footprint, footprintOf } from '../soak/footprint.js';
import { Neighbour, type NeighbourReport } from '../soak/neighbour.js';
import { type FaultReport, inParallel, runFault } from '../soak/run-faults.js';
import { SessionBook } from '../soak/session-book.js';
import { printFigures, quantile } from './harness/figures.js';
import { ServiceProcess } from './harness/service-process.js';

/** `FAULT_FIRST=23 FAULTS=1` with the seed of a run repeats one fault of it. */
const FIRST = Number(process.env['FAULT_FIRST'] ?? 0);
/** `FAULTS=500` is what is promised. */
const COUNT = Number(process.env['FAULTS'] ?? 120);
/** After so many the machine is looked at: nothing but the neighbours may be left. */
const ROUND = 20;
const AT_ONCE = 3;
const NEIGHBOURS = 2;

let service: ServiceProcess;
let client: WireClient;

beforeAll(async () => {
  service = await ServiceProcess.start({
    nodes: [FIXTURE_NODES, fileURLToPath(new URL('../soak/nodes', import.meta.url))],
    settings: `[limits]\nmax_message_bytes = ${MAX_MESSAGE_BYTES}`,
    watchLoop: true,
  });
  client = new WireClient(service.address);
});

afterAll(async () => {
  client.close();
  await service.stop();
});

/** What a service has that does not come and go with sessions that work. */
function kept({ processes, segments, roots }: Footprint): Pick<Footprint, 'processes' | 'segments' | 'roots'> {
  return { processes, segments, roots };
}

it(`${COUNT} random faults: the right error each, nothing left, no neighbour disturbed`, {
  timeout: 60_000 + COUNT * 5000,
  // One wrong error among hundreds is a bug, however rarely it comes.
  retry: 0,
}, async () => {
  const seed = seedOf('random faults');
  const book = new SessionBook(service);
  const neighbours = [
    new Neighbour('python', service.address, ['EchoNode', 'PassOnNode']),
    new Neighbour('native', service.address, ['PassThrough', 'PassThrough']),
  ];
  await Promise.all(neighbours.map((neighbour) => neighbour.start()));
  const before = await footprintOf(service);
  const startedMs = performance.now();
  const reports: FaultReport[] = [];
  const descriptors: number[] = [];
  for (let first = FIRST; first < FIRST + COUNT; first += ROUND) {
    const end = Math.min(FIRST + COUNT, first + ROUND);
    await inParallel({ first, end, width: AT_ONCE }, async (index) => {
      reports.push(await runFault({ seed, table: FAULTS, client, service, book }, index));
    });
    await book.quiet(NEIGHBOURS).catch((error: unknown) => {
      throw new Error(`${error}, after faults ${first} to ${end} of seed ${seed}: ${problemsOf(reports).join('\n')}`);
    });
    const print = await footprintOf(service);
    expect(kept(print), `after fault ${end} of seed ${seed}`).toEqual(kept(before));
    descriptors.push(print.descriptors);
  }
  const tookMs = performance.now() - startedMs;
  const after = await footprintOf(service);
  const neighbourReports = await Promise.all(neighbours.map((neighbour) => neighbour.end()));
  const problems = problemsOf(reports);
  printFigures(`${COUNT} random faults of seed ${seed}, ${AT_ONCE} at a time`, {
    'right errors': `${COUNT - problems.length} of ${COUNT}`,
    rate: `${((COUNT / tookMs) * 1000).toFixed(2)} faults/s, the slowest took ${Math.max(...reports.map(({ tookMs: ms }) => ms)).toFixed(0)} ms`,
    kinds: kindsOf(reports),
    ...Object.fromEntries(neighbourReports.map((report) => [`neighbour ${report.name}`, shown(report)])),
    'event loop of the service': JSON.stringify(await service.loopDelay()),
    memory: `${mib(before)} → ${mib(after)} MiB`,
    'descriptors after each round': descriptors.join(' '),
    rescues: await service.rescues(),
  });
  expect(problems).toEqual([]);
  for (const { name, sent, received, wrong, failure } of neighbourReports)
    expect({ name, received, wrong, failure }).toEqual({ name, received: sent, wrong: [], failure: null });
  // The first round has made the connections of this client.
  expect(after.descriptors).toBeLessThanOrEqual(descriptors[0] ?? 0);
  expect(service.alarms).toEqual([]);
  expect(await service.rescues()).toBe(0);
  const up = await client.execute({ manifest: chainOf({ up: 'EchoNode' }), data_inputs: { up: audioOf(8) } });
  expect(up).toMatchObject({ status: 'SUCCESS' });
});

function problemsOf(reports: readonly FaultReport[]): string[] {
  return reports.flatMap(({ problem }) => (problem === null ? [] : [problem]));
}

function kindsOf(reports: readonly FaultReport[]): string {
  const counts = new Map<string, number>();
  for (const { kind } of reports) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].map(([kind, count]) => `${kind} ${count}`).join(', ');
}

function shown({ sent, received, latenciesMs }: NeighbourReport): string {
  const latency = [0.5, 0.99, 1].map((part) => quantile(latenciesMs, part).toFixed(1)).join(' / ');
  return `${received} of ${sent} messages back, latency p50 / p99 / max ${latency} ms`;
}

function mib({ rssBytes }: Footprint): string {
  return (rssBytes / 2 ** 20).toFixed(1);
}
