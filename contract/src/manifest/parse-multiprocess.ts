import { type MultiprocessOverrides, multiprocessOverrides, SERVICE_ONLY_PYTHON_KEYS } from '../config/multiprocess.js';
import { describeValue, isPlainObject } from '../problems/describe.js';
import { zodProblems } from '../problems/zod-problems.js';
import { normaliseKeys, type Report } from './keys.js';

const KEYS = Object.keys(multiprocessOverrides.shape);
/** Only for these two, null says something: all there are, and no limit. */
const NULL_IS_A_VALUE = ['max_processes_per_session', 'process_timeout_secs'];
const SERVICE_ONLY = SERVICE_ONLY_PYTHON_KEYS.flatMap((key) => [key, `python_${key}`]);

/** A manifest's own settings. Ranges are checked here; the service's caps when the configuration is resolved. */
export function parseMultiprocess(
  value: Readonly<Record<string, unknown>>,
  path: string,
  report: Report,
): MultiprocessOverrides {
  const found = normaliseKeys(value, [...KEYS, 'python', ...SERVICE_ONLY], path, report, KEYS);
  for (const key of SERVICE_ONLY) {
    if (Object.hasOwn(found, key)) {
      refuseServiceOnly(`${path}.${key}`, report);
      delete found[key];
    }
  }
  takePythonTable(found, path, report);
  for (const key of Object.keys(found)) {
    if (found[key] === null && !NULL_IS_A_VALUE.includes(key)) {
      report.problems.add({
        path: `${path}.${key}`,
        message: 'Is null; leave the key out to take the value of the service',
      });
      delete found[key];
    }
  }
  const parsed = multiprocessOverrides.safeParse(found);
  if (parsed.success) {
    return parsed.data;
  }
  for (const problem of zodProblems(parsed.error, found, path)) {
    report.problems.add(problem);
  }
  return {};
}

/** `python.executable`, the way runtime.toml writes it, is the same setting as `python_executable`. */
function takePythonTable(found: Record<string, unknown>, path: string, report: Report): void {
  const python = found['python'];
  delete found['python'];
  if (python === undefined || python === null) {
    return;
  }
  if (!isPlainObject(python)) {
    report.problems.add({ path: `${path}.python`, message: `Must be an object, got ${describeValue(python)}` });
    return;
  }
  const table = normaliseKeys(python, ['executable', ...SERVICE_ONLY_PYTHON_KEYS], `${path}.python`, report);
  for (const key of SERVICE_ONLY_PYTHON_KEYS) {
    if (Object.hasOwn(table, key)) {
      refuseServiceOnly(`${path}.python.${key}`, report);
    }
  }
  if (table['executable'] === undefined) {
    return;
  }
  if (Object.hasOwn(found, 'python_executable')) {
    report.problems.add({ path: `${path}.python.executable`, message: 'Given twice, here and as python_executable' });
    return;
  }
  found['python_executable'] = table['executable'];
}

function refuseServiceOnly(path: string, report: Report): void {
  report.problems.add({
    path,
    message: 'A manifest may not choose what code the service runs',
    hint: 'Set it in runtime.toml under [multiprocess.python].',
  });
}
