import { UsageError } from '../usage-error.js';

/** `node=FILE` of the options `-i` and `-o`. */
export interface NodeFile {
  readonly nodeId: string;
  readonly path: string;
}

/** Parses the values of one option. A path may contain `=`, a node id may not. */
export function parseNodeFiles(option: string, values: readonly string[]): NodeFile[] {
  const files = values.map((value) => {
    const at = value.indexOf('=');
    if (at <= 0 || at === value.length - 1) {
      throw new UsageError(`${option} ${value}: expected node=FILE`, `for example ${option} my_node=speech.wav`);
    }
    return { nodeId: value.slice(0, at), path: value.slice(at + 1) };
  });
  const seen = new Set<string>();
  for (const { nodeId } of files) {
    if (seen.has(nodeId)) throw new UsageError(`${option} ${nodeId} is given twice`);
    seen.add(nodeId);
  }
  return files;
}
