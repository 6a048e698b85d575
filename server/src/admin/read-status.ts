import type { ServiceStatus, SessionStatus } from '@remotemedia/contract';
import type { Metrics } from '../observe/metrics.js';
import type { NodeOverview, SessionOverview } from '../session/overview.js';
import { type LiveUsage, readDescriptors, readLiveUsage } from './process-usage.js';
import { SharedMemoryUse } from './shared-memory.js';

/** What a service tells of itself; read anew for each question. */
export interface StatusSource {
  readonly version: string;
  readonly address: string;
  readonly startedAt: Date;
  readonly instance: string;
  readonly interpreter: ServiceStatus['service']['interpreter'];
  state(): 'serving' | 'draining';
  nodeTypes(): number;
  metrics(): Pick<Metrics, 'sessions' | 'processes' | 'rescues'>;
  /** Sessions and processes that hold room now, and the settings that bound them. */
  use(): Pick<ServiceStatus['use'], 'sessions' | 'processes'> & { readonly maxSharedMemoryBytes: number | null };
  sessions(): SessionOverview[];
}

/**
 * Everything about a service, computed now. The state of its sessions is of one moment; what /proc says follows it, and is
 * null for what has ended meanwhile.
 */
export async function readStatus(source: StatusSource): Promise<ServiceStatus> {
  const sessions = source.sessions();
  const { sessions: counted, processes, rescues } = source.metrics();
  const { maxSharedMemoryBytes, ...use } = source.use();
  const pids = sessions.flatMap(({ nodes }) => nodes.flatMap(({ pid }) => (pid === null ? [] : [pid])));
  const [usages, memory, descriptors] = await Promise.all([
    readUsages([process.pid, ...pids]),
    SharedMemoryUse.read(`rm_${source.instance}_`),
    readDescriptors(),
  ]);
  const own = usages.get(process.pid);
  return {
    service: {
      pid: process.pid,
      version: source.version,
      address: source.address,
      started_at: source.startedAt.toISOString(),
      uptime_secs: (Date.now() - source.startedAt.getTime()) / 1000,
      state: source.state(),
      instance: source.instance,
      interpreter: source.interpreter,
      node_types: source.nodeTypes(),
      rescues: sessions.reduce((sum, session) => sum + session.rescues, rescues),
      cpu_secs: own?.cpuSecs ?? null,
      memory_bytes: own?.memoryBytes ?? null,
    },
    totals: {
      sessions_started: counted.started,
      sessions_failed: counted.failed,
      processes_started: processes.started,
      processes_crashed: processes.crashed,
      processes_killed: processes.killed,
    },
    use: {
      ...use,
      file_descriptors: descriptors,
      shm_bytes: memory === null ? null : { used: memory.bytesOf(''), limit: maxSharedMemoryBytes },
    },
    sessions: sessions.map((session) => sessionStatus(session, usages, memory)),
  };
}

async function readUsages(pids: readonly number[]): Promise<ReadonlyMap<number, LiveUsage>> {
  return new Map(await Promise.all(pids.map(async (pid) => [pid, await readLiveUsage(pid)] as const)));
}

function sessionStatus(
  session: SessionOverview,
  usages: ReadonlyMap<number, LiveUsage>,
  memory: SharedMemoryUse | null,
): SessionStatus {
  const { id, name, state, ageMs, nodes, connections, prefix } = session;
  return {
    id,
    name,
    state,
    age_secs: ageMs / 1000,
    nodes: nodes.map((node) => nodeStatus(node, usages)),
    connections: connections.map(
      ({ from, to, depth, sent, received, dropped, bytesInFlight, fullEpisodes, latency }) => ({
        from,
        to,
        depth,
        sent,
        received,
        dropped,
        bytes_in_flight: bytesInFlight,
        full_episodes: fullEpisodes,
        latency: latency === null ? null : { p50_ms: latency.p50Ms, p99_ms: latency.p99Ms, max_ms: latency.maxMs },
      }),
    ),
    shm_bytes: prefix === null ? 0 : (memory?.bytesOf(prefix) ?? null),
  };
}

function nodeStatus(node: NodeOverview, usages: ReadonlyMap<number, LiveUsage>): SessionStatus['nodes'][number] {
  const { id, type, kind, pid, state, processMs, itemsIn, itemsOut } = node;
  const usage = pid === null ? undefined : usages.get(pid);
  return {
    id,
    type,
    kind,
    pid: kind === 'native' ? process.pid : pid,
    state,
    cpu_secs: processMs === null ? (usage?.cpuSecs ?? null) : processMs / 1000,
    memory_bytes: usage?.memoryBytes ?? null,
    items_in: itemsIn,
    items_out: itemsOut,
  };
}
