/** For tests of nodes: runs one as a session would, without a service. */
import type { Frame, RuntimeData } from '@remotemedia/contract';
import type { NodeContext, NodeDefinition, NodeInstance, NodeOutput, NodeResult } from './node.js';

/** What a node is told about its session, unless a test says otherwise. */
export function testContext(context: Partial<NodeContext> = {}): NodeContext {
  const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const defaults = { sessionId: 'test', nodeId: 'node', log: silent, mediaRoots: [] };
  return { ...defaults, signal: new AbortController().signal, ...context };
}

/** Makes the node, gives it all inputs, ends it, and returns what it handed on, as frames. */
export async function runNode(
  definition: NodeDefinition,
  options: { params?: unknown; inputs?: Iterable<RuntimeData>; context?: Partial<NodeContext> } = {},
): Promise<Frame[]> {
  const node = await definition.create(options.params ?? {}, testContext(options.context));
  const outputs: Frame[] = [];
  try {
    await collect(outputs, node.start?.(), 0);
    let sequence = 0;
    for (const data of options.inputs ?? []) {
      await collect(outputs, await feed(node, data, sequence), sequence);
      sequence += 1;
    }
    await collect(outputs, await node.flush?.(), Math.max(0, sequence - 1));
  } finally {
    await node.close?.();
  }
  return outputs;
}

function feed(node: NodeInstance, data: RuntimeData, sequence: number): NodeResult | Promise<NodeResult> {
  return node.process?.(data, { from: '', frame: { sequence, timestampUs: 0, data } });
}

async function collect(outputs: Frame[], result: NodeResult, sequence: number): Promise<void> {
  if (result === null || result === undefined) return;
  if (!(Symbol.iterator in result) && !(Symbol.asyncIterator in result)) {
    outputs.push(toFrame(result, sequence));
    return;
  }
  for await (const output of result) outputs.push(toFrame(output, sequence));
}

function toFrame(output: NodeOutput, sequence: number): Frame {
  return 'sequence' in output ? output : { sequence, timestampUs: 0, data: output };
}
