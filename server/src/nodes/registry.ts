import { type AudioFormatSpec, type Engine, nearestNames, RemoteMediaError } from '@remotemedia/contract';
import type { DataKinds, NodeDefinition } from './node.js';

/** Where a node type comes from: the service itself, or a module of the user. */
export type NodeOrigin = 'built-in' | { readonly module: string };

/** One node type as `nodes list` and GetVersion show it. */
export interface NodeDescription {
  readonly type: string;
  readonly aliases: readonly string[];
  readonly description: string;
  /** JSON Schema of the parameters. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly inputs: DataKinds;
  readonly outputs: DataKinds;
  readonly inputFormat: AudioFormatSpec | null;
  readonly outputFormat: AudioFormatSpec | null;
  readonly engine: Engine | null;
  readonly origin: NodeOrigin;
}

/** The native node types of a service. */
export class NodeRegistry {
  /** By every name, aliases included. */
  readonly #byName = new Map<string, NodeDefinition>();
  /** By the definition, in the order of registration. */
  readonly #origins = new Map<NodeDefinition, NodeOrigin>();

  /**
   * Adds a node type.
   *
   * @throws RemoteMediaError `config.invalid` when one of its names is taken.
   */
  register(definition: NodeDefinition, origin: NodeOrigin = 'built-in'): void {
    const names = [definition.type, ...definition.aliases];
    for (const name of names) {
      const holder = this.#byName.get(name);
      if (holder === undefined) continue;
      throw new RemoteMediaError(
        'config.invalid',
        `Node type ${name} of ${originText(origin)} is already defined by ${originText(this.#origins.get(holder) ?? 'built-in')}`,
        { hint: 'Give the node type another name.' },
      );
    }
    for (const name of names) this.#byName.set(name, definition);
    this.#origins.set(definition, origin);
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  /** The node type of that name or alias. */
  get(name: string): NodeDefinition | undefined {
    return this.#byName.get(name);
  }

  /** Every name that a manifest may use, aliases included. */
  names(): string[] {
    return [...this.#byName.keys()];
  }

  /** The names that `name` was probably meant to be, best first. */
  nearest(name: string): string[] {
    return nearestNames(name, this.#byName.keys());
  }

  /** Every node type, sorted by name. */
  list(): NodeDescription[] {
    const list = [...this.#origins].map(([definition, origin]) => ({
      type: definition.type,
      aliases: definition.aliases,
      description: definition.description,
      params: definition.paramsSchema,
      inputs: definition.inputs,
      outputs: definition.outputs,
      inputFormat: definition.inputFormat,
      outputFormat: definition.outputFormat,
      engine: definition.engine,
      origin,
    }));
    return list.sort((a, b) => a.type.localeCompare(b.type));
  }
}

function originText(origin: NodeOrigin): string {
  return origin === 'built-in' ? 'the service itself' : `module ${origin.module}`;
}
