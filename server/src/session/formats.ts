/** What can be told of the audio in a pipeline before it runs, from what its node types declare. */
import {
  type AudioFormatSpec,
  type ManifestConnection,
  type ManifestNode,
  SAMPLE_FORMAT_NAMES,
  type SampleFormatName,
} from '@remotemedia/contract';
import { AcceptedAudio, type KnownAudio } from '../nodes/accepted-audio.js';
import type { DataKinds } from '../nodes/node.js';
import type { Catalog, NodeType } from './catalog.js';
import { effectiveParams } from './settle-params.js';

const UNKNOWN: KnownAudio = { sampleRate: null, channels: null, format: null };

/** The nodes and connections of a manifest; a node that could not be read is left out. */
export interface Pipeline {
  readonly nodes: readonly ManifestNode[];
  readonly connections: readonly ManifestConnection[];
}

/** Audio on one connection, or from outside, into a node that does not take every format. */
export interface FormatMeeting {
  /** Empty: from outside. */
  readonly from: string;
  readonly to: string;
  /** What comes, as far as that is known. */
  readonly given: KnownAudio;
  readonly accepted: AcceptedAudio;
  readonly verdict: 'yes' | 'no' | 'unknown';
  /** Place of the connection in the manifest; null: from outside. */
  readonly connection: number | null;
}

/**
 * Every way on which audio may come to a node that does not take all of it, in the order of the connections, those from
 * outside last.
 *
 * @param isFed whether a node gets input from outside, of which nothing is known.
 */
export function meetFormats(
  pipeline: Pipeline,
  catalog: Catalog,
  isFed: (node: ManifestNode, hasInputs: boolean) => boolean,
): FormatMeeting[] {
  const facts = new Map<string, NodeFacts>();
  for (const node of pipeline.nodes) {
    const type = catalog.get(node.nodeType);
    if (type !== undefined) facts.set(node.id, factsOf(node, type));
  }
  const ways = pipeline.connections.map(({ from, to }) => carriesAudio(facts.get(from), facts.get(to)));
  const inputs = new Map<string, string[]>();
  const fed = new Set(pipeline.connections.map(({ to }) => to));
  pipeline.connections.forEach(({ from, to }, index) => {
    if (ways[index] === true) append(inputs, to, from);
  });
  const outsideTo = pipeline.nodes.filter((node) => takesAudio(facts.get(node.id)) && isFed(node, fed.has(node.id)));
  const outputs = walk(pipeline, facts, inputs, new Set(outsideTo.map(({ id }) => id)));

  const meetings: FormatMeeting[] = [];
  const meet = (from: string, to: string, given: KnownAudio, connection: number | null): void => {
    const accepted = facts.get(to)?.accepted ?? null;
    if (accepted !== null)
      meetings.push({ from, to, given, accepted, verdict: accepted.takesKnown(given), connection });
  };
  pipeline.connections.forEach(({ from, to }, index) => {
    if (ways[index] === true) meet(from, to, outputs.get(from) ?? UNKNOWN, index);
  });
  for (const { id } of outsideTo) meet('', id, UNKNOWN, null);
  return meetings;
}

/** What a node type accepts with these parameters; null: any audio. */
export function acceptedBy(type: NodeType, params: Readonly<Record<string, unknown>>): AcceptedAudio | null {
  if (type.inputFormat === null) return null;
  const accepted = new AcceptedAudio(resolve(type.inputFormat, effectiveParams(type, params)));
  return accepted.isAny ? null : accepted;
}

interface NodeFacts {
  readonly type: NodeType;
  readonly accepted: AcceptedAudio | null;
  /** Its output format with references to parameters replaced; null: not declared. */
  readonly output: AudioFormatSpec | null;
}

function factsOf(node: ManifestNode, type: NodeType): NodeFacts {
  const { outputFormat } = type;
  const output = outputFormat === null ? null : resolve(outputFormat, effectiveParams(type, node.params));
  return { type, accepted: acceptedBy(type, node.params), output };
}

/** What each node gives, senders before receivers. Nodes of a cycle, which a valid manifest has not, are left out. */
function walk(
  { nodes, connections }: Pipeline,
  facts: ReadonlyMap<string, NodeFacts>,
  inputs: ReadonlyMap<string, readonly string[]>,
  outside: ReadonlySet<string>,
): Map<string, KnownAudio> {
  const waiting = new Map(nodes.map(({ id }) => [id, 0]));
  const receivers = new Map<string, string[]>();
  for (const { from, to } of connections) {
    waiting.set(to, (waiting.get(to) ?? 0) + 1);
    append(receivers, from, to);
  }
  const outputs = new Map<string, KnownAudio>();
  const ready = nodes.filter(({ id }) => waiting.get(id) === 0).map(({ id }) => id);
  for (let id = ready.pop(); id !== undefined; id = ready.pop()) {
    const given = (inputs.get(id) ?? []).map((from) => outputs.get(from) ?? UNKNOWN);
    if (outside.has(id)) given.push(UNKNOWN);
    const own = facts.get(id);
    outputs.set(id, own === undefined ? UNKNOWN : outputOf(own, given));
    for (const to of receivers.get(id) ?? []) {
      const left = (waiting.get(to) ?? 0) - 1;
      waiting.set(to, left);
      if (left === 0) ready.push(to);
    }
  }
  return outputs;
}

function append(lists: Map<string, string[]>, key: string, value: string): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

function outputOf({ output, accepted }: NodeFacts, given: readonly KnownAudio[]): KnownAudio {
  if (output === null) return UNKNOWN;
  // A node that takes one value only works on that: anything else was converted before, or refused.
  const sampleRate = only(accepted?.sampleRates ?? null) ?? common(given.map((each) => each.sampleRate));
  const channels = only(accepted?.channels ?? null) ?? common(given.map((each) => each.channels));
  const format = only(accepted?.formats ?? null) ?? common(given.map((each) => each.format));
  return {
    sampleRate: givenBy(output.sample_rate, sampleRate),
    channels: givenBy(output.channels, channels),
    format: givenBy(output.format, format),
  };
}

function givenBy<Value>(field: readonly Value[] | string | null, ofInput: Value | null): Value | null {
  return typeof field === 'string' ? ofInput : only(field);
}

function only<Value>(values: readonly Value[] | null): Value | null {
  return values !== null && values.length === 1 ? (values[0] ?? null) : null;
}

/** What all of them are; null: they differ, or one is not known. */
function common<Value>(values: readonly (Value | null)[]): Value | null {
  const [first = null] = values;
  return values.every((value) => value === first) ? first : null;
}

/** Only `input` is left as a reference. */
function resolve(spec: AudioFormatSpec, params: ReadonlyMap<string, unknown>): AudioFormatSpec {
  return {
    sample_rate: resolveField(spec.sample_rate, params, isCount),
    channels: resolveField(spec.channels, params, isCount),
    format: resolveField(spec.format, params, isFormatName),
  };
}

/** A parameter that is `keep` means the input; one that is not set, or makes no sense, tells nothing. */
function resolveField<Value>(
  field: Value[] | string | null,
  params: ReadonlyMap<string, unknown>,
  isValue: (value: unknown) => value is Value,
): Value[] | string | null {
  if (typeof field !== 'string' || field === 'input') return field;
  const given = params.get(field.slice('param:'.length));
  if (given === 'keep') return 'input';
  const values: unknown[] = Array.isArray(given) ? given : [given];
  return values.length > 0 && values.every(isValue) ? values : null;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}

function isFormatName(value: unknown): value is SampleFormatName {
  return SAMPLE_FORMAT_NAMES.some((name) => name === value);
}

function carriesAudio(from: NodeFacts | undefined, to: NodeFacts | undefined): boolean {
  return from !== undefined && includesAudio(from.type.outputs) && takesAudio(to);
}

function takesAudio(node: NodeFacts | undefined): boolean {
  return node !== undefined && includesAudio(node.type.inputs);
}

function includesAudio(kinds: DataKinds): boolean {
  return kinds === 'any' || kinds.includes('audio');
}
