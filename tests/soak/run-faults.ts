import { setTimeout as pause } from 'node:timers/promises';
import type { WireClient } from '../harness/client.js';
import type { ServiceProcess } from '../promises/harness/service-process.js';
import { Draw } from './draw.js';
import type { Fault, Finding } from './faults/fault.js';
import type { SessionBook } from './session-book.js';

/** No fault may take longer, whatever the machine does meanwhile. */
const FAULT_LIMIT_MS = 30_000;

/** Where faults are made. */
export interface FaultSite {
  readonly seed: number;
  /** What the seed may choose from. */
  readonly table: readonly Fault[];
  readonly client: WireClient;
  readonly service: ServiceProcess;
  readonly book: SessionBook;
}

/** What came of one fault, and which it was. */
export interface FaultReport extends Finding {
  readonly kind: string;
  readonly tookMs: number;
}

/** Makes the fault that the seed has at this number; never rejects. */
export async function runFault({ seed, table, client, service, book }: FaultSite, index: number): Promise<FaultReport> {
  const draw = new Draw(seed, index);
  const fault = draw.pickWeighted(table);
  const startedMs = performance.now();
  const stage = { draw, client, address: service.address, book, name: `f${index}` };
  const limit = new AbortController();
  const late = pause(FAULT_LIMIT_MS, null, { signal: limit.signal }).then(() => {
    throw new Error(`no end within ${FAULT_LIMIT_MS / 1000} s`);
  });
  late.catch(() => undefined);
  const describe = (problem: string): Finding => ({ label: fault.name, problem: `${fault.name}: ${problem}` });
  const finding = await Promise.race([fault.run(stage), late]).catch((error: unknown) => describe(String(error)));
  limit.abort();
  const problem = finding.problem === null ? null : `#${index} ${finding.problem}`;
  return { ...finding, problem, kind: fault.name, tookMs: performance.now() - startedMs };
}

/** Runs work on the numbers from `first` to before `end`, so many at a time. */
export async function inParallel(
  { first, end, width }: { readonly first: number; readonly end: number; readonly width: number },
  work: (index: number) => Promise<void>,
): Promise<void> {
  let next = first;
  const lane = async (): Promise<void> => {
    while (next < end) {
      next += 1;
      await work(next - 1);
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
}
