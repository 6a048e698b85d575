import type { Manifest } from '@remotemedia/contract';
import type { NodeFile } from '../media/node-file.js';
import { UsageError } from '../usage-error.js';

/** Finds mistakes in `-i` and `-o` that the manifest alone shows, before anything starts. */
export function checkNodeFiles(manifest: Manifest, inputs: readonly NodeFile[], outputs: readonly NodeFile[]): void {
  const ids = manifest.nodes.map(({ id }) => id);
  for (const [option, files] of [
    ['-i', inputs],
    ['-o', outputs],
  ] as const) {
    for (const { nodeId } of files) {
      if (ids.includes(nodeId)) continue;
      throw new UsageError(`${option} ${nodeId}: the manifest has no such node`, `its nodes are ${ids.join(', ')}`);
    }
  }
  const senders = new Set(manifest.connections.map(({ from }) => from));
  const sinks = ids.filter((id) => !senders.has(id));
  for (const { nodeId } of outputs) {
    if (sinks.includes(nodeId)) continue;
    const next = manifest.connections.filter(({ from }) => from === nodeId).map(({ to }) => to);
    throw new UsageError(
      `-o ${nodeId}: what it gives goes to ${next.join(', ')}, not out of the pipeline`,
      `results come from ${sinks.join(', ')}`,
    );
  }
}
