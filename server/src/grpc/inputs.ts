import {
  type CompositeData,
  fromDataBuffer,
  RemoteMediaError,
  type RuntimeData,
  type wire,
} from '@remotemedia/contract';
import type { Session } from '../session/session.js';

/** Kinds of data that a node takes. */
export type InputKinds = ReturnType<Session['inputKinds']>;

/** Input of a call: what goes to which node. */
export type Inputs = ReadonlyMap<string, RuntimeData>;

/**
 * Reads `data_inputs`.
 *
 * @throws RemoteMediaError `input.invalid` for a buffer without content
 */
export function readInputs(buffers: ReadonlyMap<string, wire.DataBuffer>): Map<string, RuntimeData> {
  const inputs = new Map<string, RuntimeData>();
  for (const [nodeId, buffer] of buffers)
    inputs.set(
      nodeId,
      atNode(nodeId, () => fromDataBuffer(buffer)),
    );
  return inputs;
}

/**
 * Checks that a node takes what is meant for it.
 *
 * @param kinds what it takes.
 * @throws RemoteMediaError `input.invalid`
 */
export function checkInput(kinds: InputKinds, nodeId: string, data: RuntimeData): void {
  if (kinds === 'any' || fits(data, kinds)) return;
  const takes = kinds.length === 0 ? 'no input' : kinds.join(', ');
  throw new RemoteMediaError('input.invalid', `Node '${nodeId}' takes ${takes}, but was sent ${data.kind}`, { nodeId });
}

function fits(data: RuntimeData, kinds: readonly string[]): boolean {
  if (kinds.includes(data.kind)) return true;
  return data.kind === 'composite' && everyPart(data, kinds);
}

function everyPart(data: CompositeData, kinds: readonly string[]): boolean {
  for (const part of data.buffers.values()) if (!kinds.includes(part.kind)) return false;
  return data.buffers.size > 0;
}

/** Names the node in the error of what was sent to it. */
export function atNode<T>(nodeId: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RemoteMediaError) || error.nodeId !== null) throw error;
    throw new RemoteMediaError(error.code, `Input for node '${nodeId}': ${error.message}`, {
      nodeId,
      hint: error.hint,
    });
  }
}
