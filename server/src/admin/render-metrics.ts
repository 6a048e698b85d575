import type { ServiceStatus } from '@remotemedia/contract';

export const METRICS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

type Labels = Readonly<Record<string, string>>;
/** Null: not known on this machine, and left out. */
type Sample = readonly [labels: Labels, value: number | null];

interface Family {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** A service's status in Prometheus's text format. Units are seconds and bytes; an empty node id is the client. */
export function renderMetrics(status: ServiceStatus): string {
  return [...serviceFamilies(status), ...nodeFamilies(status), ...connectionFamilies(status)]
    .map(renderFamily)
    .join('');
}

function serviceFamilies({ service, totals, use, sessions }: ServiceStatus): Family[] {
  const { interpreter } = service;
  const info = { version: service.version, instance_id: service.instance, python: interpreter?.version ?? '' };
  return [
    one('info', 'gauge', 'Always 1; what the service is.', 1, info),
    one('draining', 'gauge', '1 while the service takes no new sessions.', service.state === 'draining' ? 1 : 0),
    one('uptime_seconds', 'gauge', 'Time since the start of the service.', service.uptime_secs),
    one('cpu_seconds_total', 'counter', "CPU time of the service's own process.", service.cpu_secs),
    one('memory_bytes', 'gauge', "Proportional set size of the service's own process.", service.memory_bytes),
    one('rescues_total', 'counter', 'Wake-ups that only the safety check found; must stay 0.', service.rescues),
    one('sessions', 'gauge', 'Sessions that hold room now.', use.sessions.used),
    one('sessions_started_total', 'counter', 'Sessions started.', totals.sessions_started),
    one('sessions_failed_total', 'counter', 'Sessions that ended with an error.', totals.sessions_failed),
    one('processes', 'gauge', 'Python processes that hold room now.', use.processes.used),
    one('processes_started_total', 'counter', 'Python processes started.', totals.processes_started),
    one('processes_crashed_total', 'counter', 'Python processes that ended on their own.', totals.processes_crashed),
    one('processes_killed_total', 'counter', 'Processes that outlived their grace period.', totals.processes_killed),
    one('open_file_descriptors', 'gauge', 'Open descriptors of the service.', use.file_descriptors?.used ?? null),
    family(
      'shm_bytes',
      'gauge',
      'Shared memory held by a session.',
      sessions.map(({ id, shm_bytes }) => [{ session: id }, shm_bytes]),
    ),
  ];
}

function nodeFamilies({ sessions }: ServiceStatus): Family[] {
  const nodes = sessions.flatMap(({ id: session, nodes }) =>
    nodes.map((node) => ({ node, labels: { session, node: node.id, type: node.type, kind: node.kind } })),
  );
  return [
    family(
      'node_cpu_seconds_total',
      'counter',
      'CPU time of the process of a node; of a native node, the time in its code.',
      nodes.map(({ node, labels }) => [labels, node.cpu_secs]),
    ),
    family(
      'node_memory_bytes',
      'gauge',
      'Proportional set size of the process of a Python node.',
      nodes.map(({ node, labels }) => [labels, node.memory_bytes]),
    ),
  ];
}

function connectionFamilies({ sessions }: ServiceStatus): Family[] {
  const all = sessions.flatMap(({ id: session, connections }) =>
    connections.map((connection) => ({ connection, labels: { session, from: connection.from, to: connection.to } })),
  );
  type Connection = (typeof all)[number]['connection'];
  const each = (read: (connection: Connection) => number): Sample[] =>
    all.map(({ connection, labels }) => [labels, read(connection)]);
  const latencies = all.flatMap(({ connection: { latency }, labels }): Sample[] =>
    latency === null
      ? []
      : [
          [{ ...labels, quantile: '0.5' }, latency.p50_ms / 1000],
          [{ ...labels, quantile: '0.99' }, latency.p99_ms / 1000],
          [{ ...labels, quantile: '1' }, latency.max_ms / 1000],
        ],
  );
  return [
    family(
      'connection_sent_total',
      'counter',
      'Messages sent.',
      each(({ sent }) => sent),
    ),
    family(
      'connection_received_total',
      'counter',
      'Messages taken.',
      each(({ received }) => received),
    ),
    family(
      'connection_dropped_total',
      'counter',
      'Messages that gave way to newer ones.',
      each(({ dropped }) => dropped),
    ),
    family(
      'connection_depth',
      'gauge',
      'Messages sent and not yet taken.',
      each(({ depth }) => depth),
    ),
    family(
      'connection_bytes',
      'gauge',
      'Bytes sent and not yet released.',
      each((each) => each.bytes_in_flight),
    ),
    family(
      'connection_full_total',
      'counter',
      'Times that the sender had to start waiting for room.',
      each(({ full_episodes }) => full_episodes),
    ),
    family('connection_latency_seconds', 'gauge', 'From being sent to being taken.', latencies),
  ];
}

function family(name: string, type: Family['type'], help: string, samples: readonly Sample[]): Family {
  return { name: `remotemedia_${name}`, type, help, samples };
}

function one(name: string, type: Family['type'], help: string, value: number | null, labels: Labels = {}): Family {
  return family(name, type, help, [[labels, value]]);
}

function renderFamily({ name, type, help, samples }: Family): string {
  const lines = samples.flatMap(([labels, value]) =>
    value === null ? [] : [`${name}${renderLabels(labels)} ${value}\n`],
  );
  return lines.length === 0 ? '' : [`# HELP ${name} ${help}\n`, `# TYPE ${name} ${type}\n`, ...lines].join('');
}

function renderLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeValue(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escapeValue(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
