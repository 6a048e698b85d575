import type { AudioFormatSpec, DataKind, Engine, Frame, Gap, RuntimeData } from '@remotemedia/contract';
import { z } from 'zod';

/** What a node hands on: data that inherits sequence and media time of its input, or a frame that names its own. */
export type NodeOutput = RuntimeData | Frame;

/** Any number of outputs; a generator, where outputs are made one by one. */
export type NodeOutputs = AsyncIterable<NodeOutput> | Iterable<NodeOutput>;

/** What `process` and `flush` return: any number of outputs, one, or nothing. */
// biome-ignore lint/suspicious/noConfusingVoidType: a hook that is a plain `async` method without `return` must fit.
export type NodeResult = NodeOutputs | NodeOutput | null | undefined | void;

/** Kinds of data on one side of a node; `any`: all of them. Empty: none. */
export type DataKinds = readonly DataKind[] | 'any';

/** Where a piece of data came from. */
export interface NodeInput {
  /** Id of the node that sent it; empty: it came from outside. */
  readonly from: string;
  /** The data with its sequence and media time. */
  readonly frame: Frame;
}

/** The part of a logger that a node gets. */
export interface NodeLog {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/** What a node knows about the session it is made for. */
export interface NodeContext {
  readonly sessionId: string;
  readonly nodeId: string;
  readonly log: NodeLog;
  /** Aborted when the session ends before its data does. */
  readonly signal: AbortSignal;
  /** Folders that nodes may read media from and write media to. Empty: none. */
  readonly mediaRoots: readonly string[];
}

/**
 * One node at work in one session. Calls never overlap.
 *
 * Bytes of an input are valid until the outputs of that call have been taken: hand views of them on freely, copy what is kept.
 */
export interface NodeInstance {
  /** For sources: runs once, before any input. */
  start?(): NodeOutputs;
  process?(data: RuntimeData, input: NodeInput): NodeResult | Promise<NodeResult>;
  /** Called once after the last input: hands on what is still held. */
  flush?(): NodeResult | Promise<NodeResult>;
  /** Called once at the end, whichever way the session went. */
  close?(): Promise<void> | void;
}

/** A node as its author writes it. */
export interface NodeSpec<Params extends z.ZodType> {
  /** The name in manifests. */
  readonly type: string;
  /** Further names that mean the same node. */
  readonly aliases?: readonly string[];
  /** One sentence for `nodes list`, then as much as needed. */
  readonly description: string;
  /** Schema of the parameters; a strict object reports misspelt names. */
  readonly params: Params;
  readonly inputs: DataKinds;
  readonly outputs: DataKinds;
  /** Audio that it takes; it then never gets another. Leave out for any. */
  readonly inputFormat?: AudioFormatSpec | null;
  /** Audio that it gives. Leave out where that cannot be told before. */
  readonly outputFormat?: AudioFormatSpec | null;
  /** The library or model that does its work. Leave out where it needs none. */
  readonly engine?: Engine | null;
  /** Looks for what it needs of the machine, loading nothing heavy. Leave out where it needs nothing. */
  findGaps?(): Promise<readonly Gap[]>;
  /** Makes the node for one session; what fails here fails the session's start. */
  create(params: z.output<Params>, context: NodeContext): NodeInstance | Promise<NodeInstance>;
}

/** Something wrong with the parameters of a node. */
export interface ParamProblem {
  /** Where in the parameters, for example `rates[1]`; empty: the parameters as a whole. */
  readonly path: string;
  /** What, in one sentence. */
  readonly message: string;
  /** The name that the schema does not know, when that is the problem. */
  readonly unknownKey: string | null;
}

/** Not `instanceof`: a user module may have loaded another copy of this package. */
const BRAND = Symbol.for('remotemedia.NodeDefinition');

/** A node type, ready for the registry. */
export interface NodeDefinition {
  readonly type: string;
  readonly aliases: readonly string[];
  readonly description: string;
  readonly inputs: DataKinds;
  readonly outputs: DataKinds;
  readonly inputFormat: AudioFormatSpec | null;
  readonly outputFormat: AudioFormatSpec | null;
  readonly engine: Engine | null;
  /** What it lacks on this machine; empty: nothing. */
  findGaps(): Promise<readonly Gap[]>;
  /** JSON Schema of the parameters as a manifest gives them. */
  readonly paramsSchema: Readonly<Record<string, unknown>>;
  /** All that is wrong with `params`; empty: nothing. */
  checkParams(params: unknown): ParamProblem[];
  /** Makes the node. `params` come as the manifest has them. */
  create(params: unknown, context: NodeContext): Promise<NodeInstance>;
}

/**
 * Defines a node type.
 *
 * @throws TypeError when `params` is not a zod 4 schema or cannot be written as JSON Schema.
 */
export function defineNode<Params extends z.ZodType>(spec: NodeSpec<Params>): NodeDefinition {
  const definition: NodeDefinition = {
    type: spec.type,
    aliases: spec.aliases ?? [],
    description: spec.description,
    inputs: spec.inputs,
    outputs: spec.outputs,
    inputFormat: spec.inputFormat ?? null,
    outputFormat: spec.outputFormat ?? null,
    engine: spec.engine ?? null,
    findGaps: async () => (await spec.findGaps?.()) ?? [],
    paramsSchema: toParamsSchema(spec.type, spec.params),
    checkParams(params) {
      const parsed = z.safeParse(spec.params, params);
      return parsed.success ? [] : parsed.error.issues.flatMap(toProblems);
    },
    async create(params, context) {
      return spec.create(z.parse(spec.params, params), context);
    },
  };
  Object.defineProperty(definition, BRAND, { value: true });
  return Object.freeze(definition);
}

export function isNodeDefinition(value: unknown): value is NodeDefinition {
  return typeof value === 'object' && value !== null && BRAND in value;
}

function toParamsSchema(type: string, params: z.ZodType): Record<string, unknown> {
  try {
    return z.toJSONSchema(params, { io: 'input' });
  } catch (cause) {
    throw new TypeError(`Node type ${type}: params must be a zod 4 schema that JSON Schema can express`, { cause });
  }
}

function toProblems(issue: z.core.$ZodIssue): ParamProblem[] {
  const path = z.core.toDotPath(issue.path);
  if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message, unknownKey: null }];
  return issue.keys.map((key) => ({
    path: path === '' ? key : `${path}.${key}`,
    message: `unknown parameter '${key}'`,
    unknownKey: key,
  }));
}
