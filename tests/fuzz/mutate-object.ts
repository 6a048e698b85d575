import type { Draw } from '../soak/draw.js';
import { hostileNumber, hostileText, hostileValue, put } from './hostile-values.js';
import type { ManifestObject } from './seed-manifests.js';

/** One place in a tree: the list or object that holds a value, and its key there. */
interface Place {
  readonly holder: Record<string, unknown> | unknown[];
  readonly key: string | number;
}

type Mutation = (place: Place, draw: Draw, all: readonly Place[]) => void;

const MUTATIONS: readonly { readonly weight: number; readonly apply: Mutation }[] = [
  { weight: 4, apply: (place, draw) => write(place, hostileValue(draw)) },
  { weight: 2, apply: (place, draw) => write(place, hostileText(draw)) },
  { weight: 2, apply: (place, draw) => write(place, hostileNumber(draw)) },
  { weight: 3, apply: drop },
  { weight: 2, apply: duplicate },
  { weight: 2, apply: rename },
  { weight: 2, apply: (place, draw, all) => write(place, read(draw.pick(all))) },
  { weight: 1, apply: addKey },
  { weight: 1, apply: swap },
];

/** A copy of the manifest with one to four things wrong with it, wherever they are. */
export function mutateObject(manifest: ManifestObject, draw: Draw): unknown {
  const root: { manifest: unknown } = { manifest: structuredClone(manifest) };
  for (let left = draw.int(1, 4); left > 0; left--) {
    if (draw.chance(0.15)) mutateGraph(root.manifest, draw);
    const places = placesOf(root);
    if (places.length === 0) break;
    draw.pickWeighted(MUTATIONS).apply(draw.pick(places), draw, places);
  }
  return root.manifest;
}

/** The first few hundred places; a grown tree has no end of them, as a value may have been put below itself by copy. */
function placesOf(root: Record<string, unknown>): Place[] {
  const places: Place[] = [];
  const open: (Record<string, unknown> | unknown[])[] = [root];
  for (let holder = open.pop(); holder !== undefined && places.length < 500; holder = open.pop()) {
    for (const key of Array.isArray(holder) ? holder.keys() : Object.keys(holder)) {
      places.push({ holder, key });
      const value = valueAt({ holder, key });
      if (typeof value === 'object' && value !== null) open.push(value as Record<string, unknown>);
    }
  }
  return places;
}

function valueAt({ holder, key }: Place): unknown {
  return (holder as Record<string | number, unknown>)[key];
}

/** A copy, so that no cycle comes into being when it is put elsewhere. */
function read(place: Place): unknown {
  return structuredClone(valueAt(place));
}

function write({ holder, key }: Place, value: unknown): void {
  if (Array.isArray(holder)) holder[Number(key)] = value;
  else put(holder, String(key), value);
}

function drop({ holder, key }: Place): void {
  if (Array.isArray(holder)) holder.splice(Number(key), 1);
  else delete holder[key];
}

function duplicate(place: Place, draw: Draw): void {
  const { holder, key } = place;
  if (!Array.isArray(holder)) {
    put(holder, camelCase(String(key)), read(place));
    return;
  }
  const times = draw.chance(0.05) ? draw.int(500, 1500) : draw.int(1, 3);
  for (let left = times; left > 0 && holder.length < 3000; left--) holder.push(read(place));
}

/** The same key in another spelling, or another key. */
function rename(place: Place, draw: Draw): void {
  const { holder, key } = place;
  if (Array.isArray(holder)) return;
  const value = read(place);
  delete holder[key];
  const name = String(key);
  put(holder, draw.pick([camelCase(name), name.toUpperCase(), name.slice(1), `${name}s`, hostileText(draw)]), value);
}

function addKey({ holder }: Place, draw: Draw): void {
  if (Array.isArray(holder)) holder.push(hostileValue(draw));
  else put(holder, hostileText(draw), hostileValue(draw));
}

function swap(place: Place, draw: Draw, all: readonly Place[]): void {
  const other = draw.pick(all);
  const [one, two] = [read(place), read(other)];
  write(place, two);
  write(other, one);
}

function camelCase(name: string): string {
  return name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** What only a graph can have: cycles, self loops, ends that do not exist, everything connected with everything. */
function mutateGraph(manifest: unknown, draw: Draw): void {
  const { nodes, connections } = (manifest ?? {}) as { nodes?: unknown; connections?: unknown };
  if (!Array.isArray(nodes) || !Array.isArray(connections)) return;
  const ids = nodes.map((node: unknown) => (node as { id?: unknown } | null)?.id ?? null);
  const id = (): unknown => (ids.length === 0 || draw.chance(0.1) ? hostileText(draw) : draw.pick(ids));
  switch (draw.int(0, 4)) {
    case 0:
      connections.push({ from: id(), to: id() });
      break;
    case 1: {
      const self = id();
      connections.push({ from: self, to: self });
      break;
    }
    case 2:
      for (const from of ids.slice(0, 12)) for (const to of ids.slice(0, 12)) connections.push({ from, to });
      break;
    case 3:
      for (let left = draw.int(0, 1200); left > 0; left--) nodes.push({ id: `x${left}`, node_type: 'PassThrough' });
      break;
    default:
      for (const connection of connections as { from?: unknown; to?: unknown }[]) {
        if (typeof connection !== 'object' || connection === null || !draw.chance(0.5)) continue;
        const { from, to } = connection;
        connection.from = to;
        connection.to = from;
      }
  }
}
