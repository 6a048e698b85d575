import { wire as messages, type wire } from '@remotemedia/contract';
import type { SessionReport } from '../session/report.js';
import type { SinkOutput } from './results.js';

/** One line per node: how it ended, and of what kind its outputs were. */
export function toNodeResults(report: SessionReport, outputs: readonly SinkOutput[]): wire.NodeResult[] {
  return report.nodes.map(({ nodeId, itemsIn, itemsOut }) => ({
    nodeId,
    // It ran, but there was nothing for it to do.
    status: itemsIn + itemsOut > 0 ? messages.NodeStatus.SUCCESS : messages.NodeStatus.SKIPPED,
    error: undefined,
    outputMetadata: outputMetadata(outputs.filter((output) => output.nodeId === nodeId)),
  }));
}

function outputMetadata(outputs: readonly SinkOutput[]): string {
  if (outputs.length === 0) return '';
  const kinds: Record<string, number> = {};
  for (const { data } of outputs) kinds[data.kind] = (kinds[data.kind] ?? 0) + 1;
  return JSON.stringify({ outputs: outputs.length, kinds });
}
