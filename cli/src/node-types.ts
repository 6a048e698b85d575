import { type AudioFormatSpec, type DataKind, type Engine, type Gap, RemoteMediaError } from '@remotemedia/contract';
import type { Service } from './service.js';

/** One node type as `nodes list` and `nodes info` show it. */
export interface NodeTypeInfo {
  readonly type: string;
  readonly aliases: readonly string[];
  readonly kind: 'native' | 'python';
  readonly description: string;
  /** JSON Schema of the parameters, or null where the node declares none. */
  readonly params: Readonly<Record<string, unknown>> | null;
  readonly inputs: readonly DataKind[] | 'any';
  readonly outputs: readonly DataKind[] | 'any';
  /** Audio that it takes and gives; null: any, or not declared. */
  readonly inputFormat: AudioFormatSpec | null;
  readonly outputFormat: AudioFormatSpec | null;
  /** What does its work; null: nothing but its own code. */
  readonly engine: Engine | null;
  /** What it needs besides, with its default parameters. */
  readonly requirements: {
    /** As pip takes them. */
    readonly packages: readonly string[];
    /** Oldest Python that will do; null: any. */
    readonly python: string | null;
    readonly weights: readonly { readonly name: string; readonly source: string }[];
  };
  /** What of that is missing here; empty: it is ready. */
  readonly gaps: readonly Gap[];
  /** The module it comes from, or null for the service's own. */
  readonly module: string | null;
}

const NO_REQUIREMENTS = { packages: [], python: null, weights: [] };

/** Every node type of a service with what it lacks here, native ones first, each part sorted by name. */
export async function nodeTypesOf({ registry, python, catalog }: Service): Promise<NodeTypeInfo[]> {
  const asked = registry.list().map(
    async (node): Promise<NodeTypeInfo> => ({
      type: node.type,
      aliases: node.aliases,
      kind: 'native',
      description: node.description,
      params: node.params,
      inputs: node.inputs,
      outputs: node.outputs,
      inputFormat: node.inputFormat,
      outputFormat: node.outputFormat,
      engine: node.engine,
      requirements: NO_REQUIREMENTS,
      gaps: (await registry.get(node.type)?.findGaps()) ?? [],
      module: node.origin === 'built-in' ? null : node.origin.module,
    }),
  );
  const [native, pythons] = await Promise.all([Promise.all(asked), python.nodesWithGaps()]);
  const hidden = new Set(catalog.hidden());
  const others = pythons
    .filter(({ type }) => !hidden.has(type))
    .map(
      (node): NodeTypeInfo => ({
        type: node.type,
        aliases: node.aliases,
        kind: 'python',
        description: node.doc,
        params: node.paramsSchema,
        inputs: node.inputTypes ?? 'any',
        outputs: node.outputTypes ?? 'any',
        inputFormat: node.inputFormat,
        outputFormat: node.outputFormat,
        engine: node.engine,
        requirements: {
          packages: node.requirements.packages.map(withoutHashes),
          python: node.requirements.python,
          weights: node.requirements.weights.map(({ name, source }) => ({ name, source })),
        },
        gaps: node.requirements.gaps,
        module: isBuiltInModule(node.module) ? null : node.module,
      }),
    );
  return [...native, ...others.sort((a, b) => a.type.localeCompare(b.type))];
}

/** The SDK's own nodes come with the service. */
function isBuiltInModule(module: string): boolean {
  return module.startsWith('remotemedia.nodes.');
}

function withoutHashes(requirement: string): string {
  return requirement.replaceAll(/ --hash=\S+/g, '');
}

/** Why node types are missing that a user may expect: no interpreter, or modules that could not be imported. */
export function discoveryProblems({ python }: Service): RemoteMediaError[] {
  const modules = python.moduleErrors.map(
    ({ module, errorType, message, traceback }) =>
      new RemoteMediaError(
        'config.invalid',
        `Python module ${module} could not be imported: ${errorType}: ${message}`,
        {
          hint: 'Correct the module, or take it out of multiprocess.python in runtime.toml.',
          details: { traceback },
        },
      ),
  );
  return python.problem === null ? modules : [python.problem, ...modules];
}
