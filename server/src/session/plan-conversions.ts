import type { DataKind, ManifestNode, Problem } from '@remotemedia/contract';
import { knownText } from '../nodes/accepted-audio.js';
import { formatConverter } from '../nodes/format-converter.js';
import type { DataKinds } from '../nodes/node.js';
import type { Catalog } from './catalog.js';
import { type FormatMeeting, meetFormats, type Pipeline } from './formats.js';
import type { Conversion } from './graph.js';

/** What is known of each connection along which audio would come in a format that its receiver does not take. */
export function checkFormats(pipeline: Pipeline, catalog: Catalog): Problem[] {
  const typeOf = new Map(pipeline.nodes.map(({ id, nodeType }) => [id, nodeType]));
  return meetFormats(pipeline, catalog, isOnlyFedFromOutside)
    .filter(({ verdict, connection }) => verdict === 'no' && connection !== null)
    .map(({ from, to, given, accepted, connection }) => ({
      path: `connections[${connection}]`,
      message:
        `'${from}' (${typeOf.get(from)}) gives ${knownText(given)}, ` +
        `but '${to}' (${typeOf.get(to)}) takes ${accepted.text}`,
      code: 'manifest.type_mismatch',
      hint: 'Put a ResampleNode between them, or set auto_convert = true in metadata.multiprocess.',
      nodeId: to,
    }));
}

/**
 * The converters that a valid manifest needs for every node to get audio that it takes.
 *
 * @param injected ids of the nodes that get input from outside; `all`: any node may; `unconnected`: those that no other node
 *   sends to.
 */
export function planConversions(
  pipeline: Pipeline,
  catalog: Catalog,
  injected: ReadonlySet<string> | 'all' | 'unconnected',
): Conversion[] {
  const taken = new Set(pipeline.nodes.map(({ id }) => id));
  const isFed = (node: ManifestNode, hasInputs: boolean): boolean => {
    if (injected === 'all') return true;
    return injected === 'unconnected' ? !hasInputs : injected.has(node.id);
  };
  return meetFormats(pipeline, catalog, isFed)
    .filter(({ verdict }) => verdict !== 'yes')
    .map((meeting) => toConversion(meeting, taken));
}

/** Kinds of data along a connection; null: all that the sender gives, because it does not say or the receiver takes them. */
export function kindsAlong(catalog: Catalog, fromType: string, toType: string): readonly DataKind[] | null {
  const given: DataKinds = catalog.expect(fromType).outputs;
  const taken: DataKinds = catalog.expect(toType).inputs;
  if (given === 'any' || taken === 'any') return null;
  const carried = given.filter((kind) => taken.includes(kind));
  return carried.length === given.length ? null : carried;
}

function isOnlyFedFromOutside(_node: ManifestNode, hasInputs: boolean): boolean {
  return !hasInputs;
}

function toConversion({ from, to, given, accepted }: FormatMeeting, taken: Set<string>): Conversion {
  return {
    from,
    to,
    node: freeId(`${to}__from__${from === '' ? 'outside' : from}`, taken),
    nodeType: formatConverter.type,
    params: { sample_rate: accepted.sampleRates, channels: accepted.channels, format: accepted.formats },
    given: knownText(given),
    accepted: accepted.text,
  };
}

/** Ids of a manifest may have any form, also this one. */
function freeId(wanted: string, taken: Set<string>): string {
  let id = wanted;
  for (let number = 2; taken.has(id); number += 1) id = `${wanted}_${number}`;
  taken.add(id);
  return id;
}
