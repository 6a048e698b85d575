import type { ProblemCollector } from '../problems/collector.js';
import { describeValue, isPlainObject, joinPath } from '../problems/describe.js';

/** Deeper than any parameter needs to be, and far from where recursion would hurt. */
export const DEPTH_LIMIT = 100;

interface Place {
  readonly problems: ProblemCollector;
  readonly nodeId: string | null;
}

/**
 * Checks that a value is JSON data which every language of the system holds exactly: integers within 2^53, finite
 * numbers, no more than {@link DEPTH_LIMIT} levels. What is wrong is collected with its path.
 */
export function checkJsonData(value: unknown, path: string, place: Place, depth = 0): void {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return;
    case 'number':
      checkNumber(value, path, place);
      return;
    case 'object':
      break;
    default:
      report(place, path, `Is ${describeValue(value)}, which is not JSON`);
      return;
  }
  if (value === null) {
    return;
  }
  if (depth >= DEPTH_LIMIT) {
    report(place, path, `Is nested more than ${DEPTH_LIMIT} levels deep`);
    return;
  }
  if (Array.isArray(value)) {
    value.forEach((item, index) => {
      checkJsonData(item, joinPath(path, index), place, depth + 1);
    });
    return;
  }
  if (!isPlainObject(value)) {
    report(place, path, 'Is an object of a class, which is not JSON');
    return;
  }
  for (const [key, item] of Object.entries(value)) {
    checkJsonData(item, joinPath(path, key), place, depth + 1);
  }
}

function checkNumber(value: number, path: string, place: Place): void {
  if (!Number.isFinite(value)) {
    report(place, path, `Is ${value}, which is not JSON`);
  } else if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    report(
      place,
      path,
      `Is the integer ${value}, beyond 2^53, where numbers are no longer exact`,
      'Send it as a text.',
    );
  }
}

function report({ problems, nodeId }: Place, path: string, message: string, hint: string | null = null): void {
  problems.add({ path, message, code: 'manifest.bad_params', nodeId, hint });
}
