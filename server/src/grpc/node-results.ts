import { wire as messages, type wire } from '@remotemedia/contract';
import type { NodeReport, SessionReport } from '../session/report.js';

/** One line per node: how it ended, and of what kind its outputs were. */
export function toNodeResults(report: SessionReport): wire.NodeResult[] {
  return report.nodes.map((node) => ({
    nodeId: node.nodeId,
    // It ran, but there was nothing for it to do.
    status: node.itemsIn + node.itemsOut > 0 ? messages.NodeStatus.SUCCESS : messages.NodeStatus.SKIPPED,
    error: undefined,
    outputMetadata: outputMetadata(node),
  }));
}

function outputMetadata({ itemsOut, outputKinds }: NodeReport): string {
  return itemsOut === 0 ? '' : JSON.stringify({ outputs: itemsOut, kinds: outputKinds });
}
