import type { ProblemCollector } from '../problems/collector.js';
import { joinPath } from '../problems/describe.js';
import { didYouMean } from '../problems/nearest.js';
import type { ValueBudget } from './value-budget.js';

/** Where unknown keys and other oddities go, and what is counted on the way. */
export interface Report {
  readonly problems: ProblemCollector;
  readonly warnings: string[];
  readonly values: ValueBudget;
}

/**
 * An object with its known keys in snake_case, whichever way they were written. An unknown key is a warning, a key in
 * both spellings a problem. Null counts as absent, as in YAML a key without a value.
 *
 * @param keepNull keys for which null is a value.
 */
export function normaliseKeys(
  object: Readonly<Record<string, unknown>>,
  known: readonly string[],
  path: string,
  report: Report,
  keepNull: readonly string[] = [],
): Record<string, unknown> {
  const names = new Map<string, string>();
  for (const name of known) {
    names.set(name, name);
    names.set(toCamelCase(name), name);
  }
  const found: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(object)) {
    const name = names.get(key);
    const place = joinPath(path, key);
    if (name === undefined) {
      warnUnknown(key, known, place, report);
    } else if (Object.hasOwn(found, name)) {
      report.problems.add({ path: place, message: `Given twice, as '${name}' and '${toCamelCase(name)}'` });
    } else if (value !== null && value !== undefined) {
      found[name] = value;
    } else if (value === null && keepNull.includes(name)) {
      found[name] = null;
    }
  }
  return found;
}

/** One warning per unknown key, but not a million of them. */
function warnUnknown(key: string, known: readonly string[], path: string, { warnings }: Report): void {
  if (warnings.length < 100) {
    warnings.push(`Unknown key ${path.slice(0, 200)} is ignored${didYouMean(key, known)}`);
  }
}

/** The keys that there are, and no others: a manifest has them thousands of times. */
const camelCase = new Map<string, string>();

function toCamelCase(name: string): string {
  let camel = camelCase.get(name);
  if (camel === undefined) {
    camel = name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    camelCase.set(name, camel);
  }
  return camel;
}
