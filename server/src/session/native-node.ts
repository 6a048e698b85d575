import { isRemoteMediaError } from '@remotemedia/contract';
import type { AcceptedAudio } from '../nodes/accepted-audio.js';
import type { NodeDefinition, NodeInstance } from '../nodes/node.js';
import type { Logger } from '../observe/logger.js';
import { describeFailure } from './failures.js';
import type { GraphNode } from './graph.js';
import { type InputCheck, NativeRunner } from './native-runner.js';
import { nodeFailure } from './node-failure.js';
import type { Wiring } from './wiring.js';

export interface NativeNodeOptions {
  readonly sessionId: string;
  readonly node: GraphNode;
  readonly definition: NodeDefinition;
  /** The audio that it takes; null: any. */
  readonly accepted: AcceptedAudio | null;
  readonly mediaRoots: readonly string[];
  readonly wiring: Wiring;
  /** The session's logger. */
  readonly log: Logger;
  /** Aborted when the session ends before its data does. */
  readonly signal: AbortSignal;
}

/** One native node of a session: made, and ready to run. */
export class NativeNode {
  readonly id: string;
  readonly runner: NativeRunner;
  readonly #instance: NodeInstance;
  readonly #log: Logger;

  private constructor(instance: NodeInstance, options: NativeNodeOptions) {
    const { node, wiring, log } = options;
    this.id = node.id;
    this.#instance = instance;
    this.#log = log;
    this.runner = new NativeRunner({
      nodeId: node.id,
      instance,
      input: wiring.inputOf(node.id),
      outputs: wiring.outputsOf(node.id),
      kindsOf: wiring.kindsOf,
      refusalOf: refusalOf(options),
      onLeftOut: (kind) =>
        log.info(`Node '${node.id}' gives ${kind} data, which no node that it is connected to takes: left out`),
    });
  }

  /**
   * Makes the node. When the session ends meanwhile, nobody waits for it any longer, and it is closed as soon as it is there.
   *
   * @throws RemoteMediaError `node.failed`, what the node itself says is wrong, or the reason of the session's end
   */
  static async create(options: NativeNodeOptions): Promise<NativeNode> {
    const { signal } = options;
    const making = NativeNode.#make(options);
    const abort = aborted(signal);
    try {
      const node = await Promise.race([making, abort.promise]);
      if (node !== null) return node;
      making.then(
        (late) => late.close(),
        () => undefined,
      );
      throw signal.reason;
    } finally {
      abort.forget();
    }
  }

  static async #make(options: NativeNodeOptions): Promise<NativeNode> {
    const { sessionId, node, definition, mediaRoots, log, signal } = options;
    // What a converter finds wrong is wrong with the input of the node that it stands before.
    const nodeId = node.bridges?.to ?? node.id;
    const context = { sessionId, nodeId, log: log.child({ node: node.id }), signal, mediaRoots };
    try {
      return new NativeNode(await definition.create(node.params, context), options);
    } catch (error) {
      if (isRemoteMediaError(error) && error.nodeId !== null) throw error;
      throw nodeFailure(node.id, error, null);
    }
  }

  /** Lets the node close what it holds. Never rejects. */
  async close(): Promise<void> {
    try {
      await this.#instance.close?.();
    } catch (error) {
      this.#log.warn(`Node ${this.id} failed to close: ${describeFailure(error)}`);
    }
  }
}

/** The check of each input, decided once: nodes that take any audio have none. */
function refusalOf({ node, definition, accepted }: NativeNodeOptions): InputCheck | null {
  if (accepted === null) return null;
  return (data, sequence) =>
    data.kind !== 'audio' || accepted.takes(data) ? null : accepted.refusal(node.id, definition.type, data, sequence);
}

function aborted(signal: AbortSignal): { promise: Promise<null>; forget(): void } {
  let onAbort = (): void => undefined;
  const promise = new Promise<null>((resolve) => {
    onAbort = () => resolve(null);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
  return { promise, forget: () => signal.removeEventListener('abort', onAbort) };
}
