import { type AudioFormatSpec, type ErrorCode, nearestNames, RemoteMediaError } from '@remotemedia/contract';
import type { DataKinds, NodeDefinition } from '../nodes/node.js';
import type { NodeRegistry } from '../nodes/registry.js';
import type { ModuleError, PythonNodeType } from '../process/probe.js';
import type { NodeKind } from './graph.js';

/** One node type, wherever it runs. */
export type NodeType =
  | {
      readonly kind: 'native';
      readonly type: string;
      readonly inputs: DataKinds;
      readonly outputs: DataKinds;
      /** Audio that it takes and gives; null: any, or not declared. */
      readonly inputFormat: AudioFormatSpec | null;
      readonly outputFormat: AudioFormatSpec | null;
      readonly definition: NodeDefinition;
    }
  | {
      readonly kind: 'python';
      readonly type: string;
      readonly inputs: DataKinds;
      readonly outputs: DataKinds;
      readonly inputFormat: AudioFormatSpec | null;
      readonly outputFormat: AudioFormatSpec | null;
      readonly python: PythonNodeType;
    };

/** Why Python nodes may be missing. */
export interface PythonGaps {
  /** Why there are none at all; null: there are. */
  readonly problem: RemoteMediaError | null;
  /** Modules that could not be imported, and with them the nodes they define. */
  readonly moduleErrors: readonly ModuleError[];
}

/** Every node type that a manifest may name, and why others are missing. */
export class Catalog {
  readonly #types = new Map<string, NodeType>();
  readonly #python: readonly PythonNodeType[];
  readonly #gaps: PythonGaps;

  constructor(native: NodeRegistry, python: readonly PythonNodeType[], gaps: PythonGaps) {
    this.#python = python;
    this.#gaps = gaps;
    // A type's own name goes before another's alias.
    for (const each of python) for (const alias of each.aliases) this.#types.set(alias, ofPython(each));
    for (const each of python) this.#types.set(each.type, ofPython(each));
    for (const name of native.names()) {
      const definition = native.get(name);
      if (definition === undefined) continue;
      const { type, inputs, outputs, inputFormat, outputFormat } = definition;
      this.#types.set(name, { kind: 'native', type, inputs, outputs, inputFormat, outputFormat, definition });
    }
  }

  get(name: string): NodeType | undefined {
    return this.#types.get(name);
  }

  /** Names of all types, sorted. */
  names(): string[] {
    return [...this.#types.keys()].sort();
  }

  /** Python types that a native type of the same name hides. */
  hidden(): string[] {
    return this.#python.filter(({ type }) => this.#types.get(type)?.kind === 'native').map(({ type }) => type);
  }

  /** The type of a node in a manifest that was found valid. */
  expect(name: string): NodeType {
    const type = this.#types.get(name);
    if (type === undefined)
      throw new RemoteMediaError('internal', `Node type ${name} is in a valid manifest and not in the catalog`);
    return type;
  }

  kindOf(name: string): NodeKind {
    return this.expect(name).kind;
  }

  /** What there is to say about a name that is not in the catalog. Where it may be a Python node, their lack is the fault. */
  explainUnknown(name: string): { message: string; hint: string | null; code: ErrorCode } {
    const code = 'manifest.unknown_node_type';
    const near = nearestNames(name, this.#types.keys());
    const guess = near.length === 0 ? '' : `; did you mean ${near.join(' or ')}?`;
    const message = `Unknown node type '${name.slice(0, 200)}'${guess}`;
    const { problem, moduleErrors } = this.#gaps;
    if (problem !== null) {
      const text = `${message} (no Python node can be used: ${problem.message})`;
      return { message: text, hint: problem.hint, code: near.length === 0 ? problem.code : code };
    }
    const [broken] = moduleErrors;
    if (broken === undefined) return { message, hint: null, code };
    const more = moduleErrors.length === 1 ? '' : ` and ${moduleErrors.length - 1} more`;
    const reason = `${broken.module}${more} could not be imported (${broken.message})`;
    return { message, hint: `Perhaps it is defined in a module that failed: ${reason}.`, code };
  }
}

function ofPython(python: PythonNodeType): NodeType {
  const { type, inputTypes, outputTypes, inputFormat, outputFormat } = python;
  const kinds = { inputs: inputTypes ?? 'any', outputs: outputTypes ?? 'any' } as const;
  return { kind: 'python', type, ...kinds, inputFormat, outputFormat, python };
}
