import type { ProblemCollector } from '../problems/collector.js';
import { describeValue, isPlainObject } from '../problems/describe.js';
import { SETTINGS } from './settings.js';

/**
 * The flat form of runtime.toml: the keys of [multiprocess] and [multiprocess.python] may also stand at the top, and
 * those of [multiprocess.python] in [multiprocess], there with or without `python_` before them. This brings all of
 * them into the tables; the same setting in two places is an error.
 */

const MULTIPROCESS_KEYS = Object.keys(SETTINGS.multiprocess);
const PYTHON_KEYS = Object.keys(SETTINGS['multiprocess.python']);

interface Spelling {
  /** The table where the key may also stand; '' is the top. */
  readonly table: string;
  readonly key: string;
  readonly home: 'multiprocess' | 'python';
  readonly homeKey: string;
}

const SPELLINGS: readonly Spelling[] = [
  ...MULTIPROCESS_KEYS.map((key) => ({ table: '', key, home: 'multiprocess', homeKey: key }) as const),
  ...PYTHON_KEYS.flatMap((homeKey) =>
    // Plain `modules` says too little outside its table: [native] has one too.
    [`python_${homeKey}`, ...(homeKey === 'modules' ? [] : [homeKey])].flatMap((key) =>
      ['', 'multiprocess'].map((table) => ({ table, key, home: 'python', homeKey }) as const),
    ),
  ),
];

/** The keys that may stand in a table that is not their own, by that table. */
export const FLAT_KEYS: ReadonlyMap<string, readonly string[]> = new Map(
  ['', 'multiprocess'].map((table) => [
    table,
    SPELLINGS.filter((spelling) => spelling.table === table).map(({ key }) => key),
  ]),
);

/** The input with every known flat key moved to its table. What is not known stays where it is, for the schema to refuse. */
export function toTables(
  input: Readonly<Record<string, unknown>>,
  problems: ProblemCollector,
): Record<string, unknown> {
  const top = { ...input };
  const multiprocess = tableOf(top['multiprocess']);
  const python = tableOf(multiprocess?.['python']);
  if (multiprocess === null || python === null || !takePythonTable(top, python, problems)) {
    return top;
  }
  for (const { table, key, home, homeKey } of SPELLINGS) {
    const from = table === '' ? top : multiprocess;
    if (!Object.hasOwn(from, key)) {
      continue;
    }
    move(from, key, home === 'python' ? python : multiprocess, homeKey, {
      from: table === '' ? key : `${table}.${key}`,
      to: home === 'python' ? `multiprocess.python.${homeKey}` : `multiprocess.${homeKey}`,
      problems,
    });
  }
  if (Object.keys(python).length > 0) {
    multiprocess['python'] = python;
  }
  if (Object.keys(multiprocess).length > 0) {
    top['multiprocess'] = multiprocess;
  }
  return top;
}

/** [python] at the top is [multiprocess.python]. False when it is no table, which the schema then says. */
function takePythonTable(
  top: Record<string, unknown>,
  python: Record<string, unknown>,
  problems: ProblemCollector,
): boolean {
  const table = tableOf(top['python']);
  if (table === null) {
    problems.add({ path: 'python', message: `Must be an object, got ${describeValue(top['python'])}` });
    delete top['python'];
    return false;
  }
  for (const key of Object.keys(table)) {
    move(table, key, python, key, { from: `python.${key}`, to: `multiprocess.python.${key}`, problems });
  }
  delete top['python'];
  return true;
}

function move(
  from: Record<string, unknown>,
  key: string,
  to: Record<string, unknown>,
  toKey: string,
  place: { from: string; to: string; problems: ProblemCollector },
): void {
  if (Object.hasOwn(to, toKey)) {
    place.problems.add({ path: place.from, message: `Given twice, here and as ${place.to}` });
  } else {
    to[toKey] = from[key];
  }
  delete from[key];
}

/** A copy of a table, a new one where there is none, null for what is no table. */
function tableOf(value: unknown): Record<string, unknown> | null {
  if (value === undefined) {
    return {};
  }
  return isPlainObject(value) ? { ...value } : null;
}
