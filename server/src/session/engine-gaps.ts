import { type Gap, type Problem, RemoteMediaError, type ResolvedConfig } from '@remotemedia/contract';
import type { Catalog } from './catalog.js';

/** A node as a manifest has it, its parameters settled. */
export interface NodeToCheck {
  readonly id: string;
  readonly nodeType: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** What one node of a manifest lacks on this machine. */
export interface NodeGaps {
  readonly nodeId: string;
  readonly type: string;
  readonly gaps: readonly Gap[];
}

/**
 * Looks for what nodes lack under these settings.
 *
 * @param signal nobody wants to know any more; what was asked is ended
 */
export type GapFinder = (
  nodes: readonly NodeToCheck[],
  config: ResolvedConfig,
  signal?: AbortSignal,
) => Promise<readonly NodeGaps[]>;

/** Looks for what Python nodes lack, each in the interpreter that would run it; answers in the order of the nodes. */
export type PythonGapFinder = (
  nodes: readonly { readonly type: string; readonly params: Readonly<Record<string, unknown>> }[],
) => Promise<readonly (readonly Gap[])[]>;

/** The nodes that lack something, in the order of the manifest. */
export async function findEngineGaps(
  nodes: readonly NodeToCheck[],
  catalog: Catalog,
  findPythonGaps: PythonGapFinder,
): Promise<NodeGaps[]> {
  const typed = nodes.map((node) => ({ node, type: catalog.expect(node.nodeType) }));
  const pythons = typed.filter(({ type }) => type.kind === 'python');
  const wanted = pythons.map(({ node, type }) => ({ type: type.type, params: node.params }));
  const found = pythons.length === 0 ? [] : await findPythonGaps(wanted);
  const ofPython = new Map(pythons.map(({ node }, index) => [node.id, found[index] ?? []]));
  const all = await Promise.all(
    typed.map(async ({ node, type }): Promise<NodeGaps> => {
      const gaps = type.kind === 'native' ? await type.definition.findGaps() : (ofPython.get(node.id) ?? []);
      return { nodeId: node.id, type: type.type, gaps };
    }),
  );
  return all.filter(({ gaps }) => gaps.length > 0);
}

/** One sentence: `Node 'asr' (WhisperNode) lacks what it needs: package …`. */
export function gapText({ nodeId, type, gaps }: NodeGaps): string {
  return `Node '${nodeId}' (${type}) lacks what it needs: ${gaps.map(({ what }) => what).join(', and ')}`;
}

/** What closes the gaps; each command once. */
export function remedyText(all: readonly NodeGaps[]): string {
  return [...new Set(all.flatMap(({ gaps }) => gaps.map(({ remedy }) => remedy)))].filter(Boolean).join('; ');
}

/** The one error of a session whose nodes cannot run here: it lists every gap, with what closes it. */
export function missingEngines(all: readonly NodeGaps[]): RemoteMediaError {
  const problems = all.map(
    (each): Problem => ({
      path: `nodes.${each.nodeId}`,
      message: gapText(each),
      code: 'engine.missing',
      hint: remedyText([each]),
      nodeId: each.nodeId,
    }),
  );
  const text = all.map(gapText).join('; ');
  const [first] = all;
  return new RemoteMediaError('engine.missing', text, {
    nodeId: first !== undefined && all.length === 1 ? first.nodeId : null,
    hint: `To close the gaps: ${remedyText(all)}`,
    details: { problems },
  });
}
