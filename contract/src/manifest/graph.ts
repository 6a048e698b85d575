import type { ProblemCollector } from '../problems/collector.js';
import { didYouMean } from '../problems/nearest.js';
import type { ManifestConnection } from './manifest.js';

const ID_PATTERN = /^[A-Za-z0-9_-]+$/;
const ID_LIMIT = 128;

interface Named {
  readonly id: string;
}

/** Checks that ids are well formed and unique. */
export function checkIds(nodes: readonly Named[], problems: ProblemCollector): void {
  const seen = new Map<string, number>();
  nodes.forEach(({ id }, index) => {
    const path = `nodes[${index}].id`;
    const fault = faultOfId(id);
    const earlier = seen.get(id);
    if (fault !== null) {
      problems.add({ path, message: fault });
    } else if (earlier !== undefined) {
      problems.add({
        path,
        nodeId: id,
        code: 'manifest.duplicate_id',
        message: `Node id '${id}' is already that of nodes[${earlier}]`,
      });
    } else {
      seen.set(id, index);
    }
  });
}

/** What is wrong with a node id, or null. An id names no file, but it stands in logs and process lists. */
function faultOfId(id: string): string | null {
  if (id === '') {
    return 'Node id is empty';
  }
  if (id.length > ID_LIMIT) {
    return `Node id has ${id.length} characters, more than ${ID_LIMIT}`;
  }
  if (!ID_PATTERN.test(id)) {
    return `Node id ${JSON.stringify(id)} may only have letters, digits, "_" and "-"`;
  }
  // As a key of a plain object, in any client written in JavaScript, this one would vanish.
  return id === '__proto__' ? "Node id '__proto__' is reserved" : null;
}

/** Checks that connections lead from node to node, none twice, and never back. */
export function checkConnections(
  nodes: readonly Named[],
  connections: readonly ManifestConnection[],
  problems: ProblemCollector,
): void {
  const ids = new Set(nodes.map((node) => node.id));
  const seen = new Map<string, number>();
  const targets = new Map<string, { to: string; index: number }[]>();
  connections.forEach(({ from, to }, index) => {
    const path = `connections[${index}]`;
    const known = [checkEnd(from, `${path}.from`, ids, problems), checkEnd(to, `${path}.to`, ids, problems)];
    if (known.includes(false)) {
      return;
    }
    const pair = `${from} ${to}`;
    const earlier = seen.get(pair);
    if (earlier !== undefined) {
      problems.add({ path, message: `Connection from '${from}' to '${to}' is already connections[${earlier}]` });
      return;
    }
    seen.set(pair, index);
    if (from === to) {
      problems.add({ path, nodeId: from, code: 'manifest.cycle', message: `Node '${from}' is connected to itself` });
      return;
    }
    const list = targets.get(from);
    if (list === undefined) {
      targets.set(from, [{ to, index }]);
    } else {
      list.push({ to, index });
    }
  });
  reportCycles(nodes, targets, problems);
}

function checkEnd(id: string, path: string, ids: ReadonlySet<string>, problems: ProblemCollector): boolean {
  const known = ids.has(id);
  if (!known) {
    const guess = problems.crowded ? '' : didYouMean(id, ids);
    problems.add({ path, message: `No node has the id '${id.slice(0, ID_LIMIT)}'${guess}` });
  }
  return known;
}

type Targets = ReadonlyMap<string, readonly { readonly to: string; readonly index: number }[]>;

/**
 * Walks the graph depth first; a connection back to a node on the current way closes a cycle. With a stack of its own,
 * since a chain may be as long as the manifest.
 */
function reportCycles(nodes: readonly Named[], targets: Targets, problems: ProblemCollector): void {
  const done = new Set<string>();
  for (const { id } of nodes) {
    if (done.has(id)) {
      continue;
    }
    const way: { id: string; next: number }[] = [{ id, next: 0 }];
    const onWay = new Set([id]);
    for (let here = way.at(-1); here !== undefined; here = way.at(-1)) {
      const target = targets.get(here.id)?.[here.next];
      here.next += 1;
      if (target === undefined) {
        way.pop();
        onWay.delete(here.id);
        done.add(here.id);
      } else if (onWay.has(target.to)) {
        const start = way.findIndex((step) => step.id === target.to);
        const round = [...way.slice(start).map((step) => step.id), target.to];
        problems.add({
          path: `connections[${target.index}]`,
          code: 'manifest.cycle',
          message: `Connections form a cycle: ${describeRound(round)}`,
        });
      } else if (!done.has(target.to)) {
        way.push({ id: target.to, next: 0 });
        onWay.add(target.to);
      }
    }
  }
}

/** The way around a cycle; of a long one the beginning and the end. */
function describeRound(round: readonly string[]): string {
  const shown = round.length <= 12 ? round : [...round.slice(0, 6), '…', ...round.slice(-5)];
  return shown.join(' → ');
}
