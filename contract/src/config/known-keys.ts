import type { ProblemCollector } from '../problems/collector.js';
import { isPlainObject } from '../problems/describe.js';
import { FLAT_KEYS } from './flat-keys.js';
import { isNodeTable, NODE_SETTINGS, NODES_TABLE } from './node-settings.js';
import { SETTINGS } from './settings.js';

const TABLES: Readonly<Record<string, object>> = SETTINGS;

/** Names of the keys that may stand in the table at a path of runtime.toml, for "did you mean". */
export function keysAt(path: readonly PropertyKey[]): string[] {
  if (isNodeTable(path)) return Object.keys(NODE_SETTINGS);
  const table = path.map(String).join('.');
  const [parent, nodes] = NODES_TABLE;
  return [
    ...tablesIn(table),
    ...(table === parent ? [nodes] : []),
    ...Object.keys(TABLES[table] ?? {}),
    ...(FLAT_KEYS.get(table) ?? []),
  ];
}

/** Takes out the keys that are right but stand in another's table, with a problem that says where each belongs. */
export function takeMisplaced(top: Record<string, unknown>, problems: ProblemCollector, table = ''): void {
  const known = keysAt(table === '' ? [] : table.split('.'));
  for (const [key, value] of Object.entries(top)) {
    const path = table === '' ? key : `${table}.${key}`;
    if (tablesIn(table).includes(key) && isPlainObject(value)) {
      const copy = { ...value };
      takeMisplaced(copy, problems, path);
      top[key] = copy;
      continue;
    }
    const homes = Object.keys(TABLES).filter((name) => Object.hasOwn(TABLES[name] ?? {}, key));
    if (!known.includes(key) && homes.length > 0) {
      const places = homes.map((name) => `[${name}]`).join(' or ');
      problems.add({ path, message: `Key '${key}' belongs in ${places}` });
      delete top[key];
    }
  }
}

/** Names of the tables that stand directly in a table. */
function tablesIn(table: string): string[] {
  const inside = table === '' ? '' : `${table}.`;
  return Object.keys(TABLES)
    .filter((name) => name.startsWith(inside) && !name.slice(inside.length).includes('.'))
    .map((name) => name.slice(inside.length));
}
