import { fileURLToPath } from 'node:url';
import { WireClient } from '../harness/client.js';
import { FIXTURE_NODES } from '../harness/service.js';
import { quantile } from '../promises/harness/figures.js';
import { type LoopDelay, ServiceProcess } from '../promises/harness/service-process.js';
import { MAX_MESSAGE_BYTES } from './faults/bad-requests.js';
import { FAULTS } from './faults/table.js';
import { footprintOf } from './footprint.js';
import { Neighbour, type NeighbourReport } from './neighbour.js';
import { ORDINARY } from './ordinary.js';
import { inParallel, runFault } from './run-faults.js';
import { growthIn, LEAST_ACTS, memoryGrowthMib, type Sample, toSample } from './samples.js';
import { SessionBook } from './session-book.js';

/** Sessions at the same time, besides the neighbours. */
const AT_ONCE = 3;
/** After so many acts everything comes to rest, and the service is looked at. */
const ROUND = 30;
/** Of this many acts about half are faults. */
const ORDINARY_WEIGHT = 5;

export interface SoakOptions {
  readonly minutes: number;
  readonly seed: number;
  /** Told after each round. */
  readonly onSample: (sample: Sample) => void;
}

export interface SoakReport {
  readonly seed: number;
  readonly minutes: number;
  /** Sessions and faulty requests. */
  readonly acts: number;
  readonly actsByKind: Readonly<Record<string, number>>;
  readonly sessions: number;
  readonly neighbours: readonly Omit<NeighbourReport, 'latenciesMs'>[];
  /** p50, p99 and the worst of both neighbours. */
  readonly latencyMs: readonly number[];
  readonly loop: LoopDelay;
  readonly rescues: number;
  readonly memoryGrowthMib: number;
  readonly samples: readonly Sample[];
  /** All that was not as it must be; empty: the service has stood the soak. */
  readonly problems: readonly string[];
}

/** Opens, uses, breaks and leaves sessions of a real service at random for so long, and longer on a slow machine. */
export async function soak({ minutes, seed, onSample }: SoakOptions): Promise<SoakReport> {
  const service = await ServiceProcess.start({
    nodes: [FIXTURE_NODES, fileURLToPath(new URL('nodes', import.meta.url))],
    settings: `[limits]\nmax_message_bytes = ${MAX_MESSAGE_BYTES}`,
    watchLoop: true,
  });
  const client = new WireClient(service.address);
  try {
    return await soakService({ minutes, seed, onSample }, service, client);
  } finally {
    client.close();
    await service.stop();
  }
}

async function soakService(
  { minutes, seed, onSample }: SoakOptions,
  service: ServiceProcess,
  client: WireClient,
): Promise<SoakReport> {
  const book = new SessionBook(service);
  const neighbours = [
    new Neighbour('python', service.address, ['EchoNode', 'PassOnNode']),
    new Neighbour('native', service.address, ['PassThrough', 'PassThrough']),
  ];
  await Promise.all(neighbours.map((neighbour) => neighbour.start()));
  const table = [...FAULTS, ...ORDINARY.map((act) => ({ ...act, weight: act.weight * ORDINARY_WEIGHT }))];
  const startedMs = performance.now();
  const elapsedMinutes = (): number => (performance.now() - startedMs) / 60_000;
  const samples = [toSample(0, 0, await footprintOf(service))];
  const problems: string[] = [];
  const actsByKind: Record<string, number> = {};
  let acts = 0;
  while (elapsedMinutes() < minutes || acts < LEAST_ACTS) {
    await inParallel({ first: acts, end: acts + ROUND, width: AT_ONCE }, async (index) => {
      const { kind, problem } = await runFault({ seed, table, client, service, book }, index);
      actsByKind[kind] = (actsByKind[kind] ?? 0) + 1;
      if (problem !== null) problems.push(problem);
    });
    acts += ROUND;
    await book.quiet(neighbours.length);
    const sample = toSample(elapsedMinutes(), acts, await footprintOf(service));
    samples.push(sample);
    onSample(sample);
  }
  const reports = await Promise.all(neighbours.map((neighbour) => neighbour.end()));
  await book.quiet(0);
  const { processes, segments, roots } = await footprintOf(service);
  for (const [name, left] of Object.entries({ processes, segments, roots }))
    if (left.length > 0) problems.push(`${name} left at the end: ${left.join(', ')}`);
  const latenciesMs = reports.flatMap((report) => report.latenciesMs);
  const [rescues, loop] = await Promise.all([service.rescues(), service.loopDelay()]);
  if (rescues > 0) problems.push(`${rescues} wake-ups only the safety check found`);
  return {
    seed,
    minutes: elapsedMinutes(),
    acts,
    actsByKind,
    sessions: book.opened,
    neighbours: reports.map(({ latenciesMs: _, ...report }) => report),
    latencyMs: [0.5, 0.99, 1].map((part) => Math.round(quantile(latenciesMs, part) * 100) / 100),
    loop,
    rescues,
    memoryGrowthMib: memoryGrowthMib(samples),
    samples,
    problems: [...problems, ...reports.flatMap(lossOf), ...growthIn(samples), ...service.alarms],
  };
}

function lossOf({ name, sent, received, wrong, failure }: NeighbourReport): string[] {
  const losses = wrong.map((what) => `neighbour ${name}: ${what}`);
  if (received !== sent) losses.push(`neighbour ${name}: ${received} of ${sent} messages came back`);
  if (failure !== null) losses.push(`neighbour ${name}: ${failure}`);
  return losses;
}
