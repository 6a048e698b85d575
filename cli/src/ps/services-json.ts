import type { ServiceStatus } from '@remotemedia/contract';
import type { CpuShares, Found } from './find-services.js';

/** Services as a program reads them: what each says about itself, with the CPU shares that were measured. */
export function servicesJson({ services, dead }: Found, cpu: CpuShares): object {
  return {
    services: services.map(({ instance, directory, answer }) =>
      answer.kind === 'unresponsive'
        ? { instance, directory, responsive: false, reason: answer.reason }
        : { instance, directory, responsive: true, ...withShares(answer.status, cpu) },
    ),
    dead_instances: dead,
  };
}

function withShares(status: ServiceStatus, cpu: CpuShares): object {
  return {
    ...status,
    service: { ...status.service, cpu_percent: cpu.get(status.service.pid) ?? null },
    sessions: status.sessions.map((session) => ({
      ...session,
      nodes: session.nodes.map((node) => {
        const share = node.kind === 'python' && node.pid !== null ? cpu.get(node.pid) : undefined;
        return { ...node, cpu_percent: share ?? null };
      }),
    })),
  };
}
