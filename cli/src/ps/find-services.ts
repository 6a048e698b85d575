import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceStatus } from '@remotemedia/contract';
import { fetchStatus, findLeftovers, instanceIds, type StatusAnswer } from '@remotemedia/server/admin';

/** A service that does not answer in this time is shown as one that does not. */
const ANSWER_TIMEOUT_MS = 2000;

export interface FoundService {
  readonly instance: string;
  readonly directory: string;
  readonly answer: Exclude<StatusAnswer, { kind: 'absent' }>;
}

export interface Found {
  /** Services that live. */
  readonly services: readonly FoundService[];
  /** Instances whose service is dead. */
  readonly dead: readonly string[];
}

/** Asks every service of a runtime directory at the same time. */
export async function findServices(runtimeDirectory: string): Promise<Found> {
  const ids = await instanceIds(runtimeDirectory);
  const answers = await Promise.all(
    ids.map(async (instance) => {
      const directory = join(runtimeDirectory, instance);
      return { instance, directory, answer: await fetchStatus(directory, ANSWER_TIMEOUT_MS) };
    }),
  );
  const services = answers.filter(isThere);
  // Nobody listens either while a service is just starting, so silence alone says nothing.
  const dead = services.length === answers.length ? [] : await findLeftovers(runtimeDirectory);
  return { services, dead: dead.map(({ instance }) => instance) };
}

function isThere<Answer extends { readonly answer: StatusAnswer }>(
  found: Answer,
): found is Answer & { answer: FoundService['answer'] } {
  return found.answer.kind !== 'absent';
}

/** Share of one core that each process has used between two looks, in percent, by pid. */
export type CpuShares = ReadonlyMap<number, number>;

/**
 * Looks twice, since a status says only how much CPU time there was in all.
 *
 * @param apartMs the kernel counts in steps of 10 ms, so a shorter time is less exact
 */
export async function measureServices(
  look: () => Promise<Found>,
  apartMs: number,
): Promise<{ found: Found; cpu: CpuShares }> {
  const before = await look();
  if (!before.services.some(({ answer }) => answer.kind === 'status')) return { found: before, cpu: new Map() };
  await sleep(apartMs);
  const found = await look();
  return { found, cpu: cpuShares(before, found) };
}

export function cpuShares(before: Found, after: Found): CpuShares {
  const shares = new Map<number, number>();
  const earlier = new Map(statuses(before).map((status) => [status.service.instance, status]));
  for (const status of statuses(after)) {
    const first = earlier.get(status.service.instance);
    if (first === undefined) continue;
    const secs = status.service.uptime_secs - first.service.uptime_secs;
    const spentBefore = cpuSecsByPid(first);
    for (const [pid, spent] of cpuSecsByPid(status)) {
      const then = spentBefore.get(pid);
      if (then !== undefined && secs > 0) shares.set(pid, Math.max(0, ((spent - then) / secs) * 100));
    }
  }
  return shares;
}

function statuses({ services }: Found): ServiceStatus[] {
  return services.flatMap(({ answer }) => (answer.kind === 'status' ? [answer.status] : []));
}

/** Of the service and its Python processes; a native node is a part of the service's. */
function cpuSecsByPid({ service, sessions }: ServiceStatus): Map<number, number> {
  const nodes = sessions.flatMap(({ nodes }) => nodes).filter(({ kind }) => kind === 'python');
  const all = [service, ...nodes].map(({ pid, cpu_secs }) => [pid, cpu_secs] as const);
  return new Map(all.filter((entry): entry is readonly [number, number] => entry[0] !== null && entry[1] !== null));
}
