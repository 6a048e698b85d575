import type { ConnectionStatus, NodeStatus, ServiceStatus, SessionStatus } from '@remotemedia/contract';
import { textTable } from '../text-table.js';
import { bytesText, durationText } from '../units.js';
import type { CpuShares, FoundService } from './find-services.js';

/** Services as a person reads them: a paragraph each, below it the sessions with their nodes and connections. */
export function renderServices(services: readonly FoundService[], cpu: CpuShares): string {
  return services.map((service) => renderService(service, cpu)).join('\n');
}

function renderService({ instance, answer }: FoundService, cpu: CpuShares): string {
  if (answer.kind === 'unresponsive') return `service ${instance}: unresponsive: ${answer.reason}\n`;
  const { service, use, sessions } = answer.status;
  const memory = service.memory_bytes === null ? '' : `, memory ${bytesText(service.memory_bytes)}`;
  const uptime = durationText(service.uptime_secs);
  const python =
    service.interpreter === null ? 'none' : `${service.interpreter.version} (${service.interpreter.executable})`;
  const head = [
    `service ${instance}: ${service.state} on ${service.address}, pid ${service.pid}, up ${uptime}, version ${service.version}`,
    `  cpu ${percentText(cpu.get(service.pid))}${memory}, ${useTexts(use).join(', ')}`,
    `  python ${python}, ${service.node_types} node types`,
    ...(service.rescues === 0
      ? []
      : [`  ${service.rescues} wake-ups had to be rescued: this is a defect, please report it`]),
  ];
  const bodies = sessions.map((session) => renderSession(session, cpu));
  return `${head.join('\n')}\n${bodies.map((body) => `\n${body}`).join('')}`;
}

function useTexts(use: ServiceStatus['use']): string[] {
  const of = (used: number | string, limit: number | string | null): string =>
    limit === null ? `${used}` : `${used} of ${limit}`;
  const { sessions, processes, file_descriptors: files, shm_bytes: shm } = use;
  const shmLimit = shm === null || shm.limit === null ? null : bytesText(shm.limit);
  return [
    `sessions ${of(sessions.used, sessions.limit)}`,
    `processes ${of(processes.used, processes.limit)}`,
    ...(shm === null ? [] : [`shared memory ${of(bytesText(shm.used), shmLimit)}`]),
    ...(files === null ? [] : [`files ${of(files.used, files.limit)}`]),
  ];
}

function renderSession(session: SessionStatus, cpu: CpuShares): string {
  const { id, name, state, age_secs, shm_bytes, nodes, connections } = session;
  const title = name === '' ? '' : ` (${name})`;
  const memory = shm_bytes === null ? '' : `, shared memory ${bytesText(shm_bytes)}`;
  const nodeRows = nodes.map((node) => nodeRow(node, cpu));
  const connectionRows = connections.map(connectionRow);
  return [
    `  session ${id}${title}: ${state}, ${durationText(age_secs)}${memory}\n`,
    textTable(['NODE', 'TYPE', 'RUNS IN', ' PID', 'STATE', ' CPU', ' MEMORY', ' IN', ' OUT'], nodeRows, '    '),
    textTable(
      ['CONNECTION', ' DEPTH', ' SENT', ' TAKEN', ' DROPPED', ' BYTES', ' P50', ' P99'],
      connectionRows,
      '    ',
    ),
  ].join('');
}

function nodeRow(
  { id, type, kind, pid, state, memory_bytes, items_in, items_out }: NodeStatus,
  cpu: CpuShares,
): string[] {
  const isPython = kind === 'python';
  const share = isPython && pid !== null ? percentText(cpu.get(pid)) : '-';
  const memory = memory_bytes === null ? '-' : bytesText(memory_bytes);
  return [id, type, kind, isPython ? `${pid ?? '-'}` : '-', state, share, memory, `${items_in}`, `${items_out}`];
}

function connectionRow({
  from,
  to,
  depth,
  sent,
  received,
  dropped,
  bytes_in_flight,
  latency,
}: ConnectionStatus): string[] {
  const way = `${from || 'input'} → ${to || 'results'}`;
  const times = latency === null ? ['-', '-'] : [millisText(latency.p50_ms), millisText(latency.p99_ms)];
  return [way, `${depth}`, `${sent}`, `${received}`, `${dropped}`, bytesText(bytes_in_flight), ...times];
}

function percentText(share: number | undefined): string {
  return share === undefined ? '-' : `${Math.round(share)}%`;
}

function millisText(ms: number): string {
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}
