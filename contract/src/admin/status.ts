import { z } from 'zod';

/**
 * What a running service says about itself on its admin socket: `GET /status` in full.
 *
 * Keys are those of the JSON, with the unit in the name. Null: not known on this machine, or gone meanwhile.
 */

const count = z.number().nonnegative();

/** How much of something is used, and how much may be; a null limit is none. */
const use = z.object({ used: count, limit: count.nullable() });

const connection = z.object({
  /** Node id; empty: the client. */
  from: z.string(),
  to: z.string(),
  /** Messages sent and not yet taken. */
  depth: count,
  sent: count,
  received: count,
  dropped: count,
  bytes_in_flight: count,
  /** How often the sender had to start waiting for room. */
  full_episodes: count,
  /** From being sent to being taken, time in the queue included; null: not measured, as inside the service. */
  latency: z.object({ p50_ms: count, p99_ms: count, max_ms: count }).nullable(),
});

const node = z.object({
  id: z.string(),
  type: z.string(),
  kind: z.enum(['native', 'python']),
  /** The process it runs in; a native node runs in the service's own. */
  pid: z.int().nullable(),
  state: z.string(),
  /** CPU time of its process; of a native node, the time in its code. */
  cpu_secs: count.nullable(),
  /** Proportional set size: memory shared with others counts in part. Null for a native node. */
  memory_bytes: count.nullable(),
  items_in: count,
  items_out: count,
});

const session = z.object({
  id: z.string(),
  /** `metadata.name` of its manifest. */
  name: z.string(),
  state: z.string(),
  age_secs: count,
  nodes: z.array(node),
  connections: z.array(connection),
  /** Pages of shared memory that it holds. */
  shm_bytes: count.nullable(),
});

export const serviceStatus = z.object({
  service: z.object({
    pid: z.int(),
    version: z.string(),
    /** `HOST:PORT` of its gRPC services. */
    address: z.string(),
    /** ISO 8601, UTC. */
    started_at: z.string(),
    uptime_secs: count,
    state: z.enum(['serving', 'draining']),
    /** Names of its shared memory start with `rm_<instance>_`. */
    instance: z.string(),
    /** The Python that runs its nodes; null: there is none, and only native nodes can run. */
    interpreter: z
      .object({ executable: z.string(), version: z.string(), sdk_version: z.string().nullable(), origin: z.string() })
      .nullable(),
    /** Node types that a manifest may use. */
    node_types: count,
    /** Wake-ups that only the safety check found; a defect when not 0. */
    rescues: count,
    /** CPU time of the service's own process. */
    cpu_secs: count.nullable(),
    memory_bytes: count.nullable(),
  }),
  /** Sessions since the start of the service. */
  totals: z.object({
    sessions_started: count,
    sessions_failed: count,
    processes_started: count,
    processes_crashed: count,
    processes_killed: count,
  }),
  use: z.object({
    sessions: use,
    processes: use,
    file_descriptors: use.nullable(),
    shm_bytes: use.nullable(),
  }),
  sessions: z.array(session),
});

export type ServiceStatus = z.infer<typeof serviceStatus>;
export type SessionStatus = z.infer<typeof session>;
export type NodeStatus = z.infer<typeof node>;
export type ConnectionStatus = z.infer<typeof connection>;

/** The status in a text of JSON; null when it is none. Keys that this version does not know are left out. */
export function parseServiceStatus(text: string): ServiceStatus | null {
  try {
    return serviceStatus.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
