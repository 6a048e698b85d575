import { ProblemCollector } from '../problems/collector.js';
import type { ResolvedConfig } from './resolved-config.js';

type Python = ResolvedConfig['python'];

/** What both names always mean: the interpreter of the service, whatever it is. */
const NAMES = ['python', 'python3'];

/**
 * The interpreter of a session, when its manifest names one.
 *
 * @param baseDirectory folder that relative paths start from.
 * @returns null: the configured one; otherwise the entry of `allowed_executables` that the manifest means.
 * @throws RemoteMediaError `manifest.invalid`: a remote caller must not choose a program to run.
 */
export function chosenExecutable(asked: string, configured: Python, baseDirectory: string): string | null {
  if (NAMES.includes(asked)) {
    return null;
  }
  const place = (path: string): string => normalisePath(path, baseDirectory);
  const wanted = place(asked);
  if (executablesOf(configured).some((path) => place(path) === wanted)) {
    return null;
  }
  const allowed = configured.allowedExecutables.find((path) => place(path) === wanted);
  return allowed ?? refuse(asked, configured);
}

/** Paths of the configured interpreter. An environment is asked for by its `python`, in both layouts. */
function executablesOf({ executable, venvPath }: Python): string[] {
  if (venvPath === null) {
    return executable === null ? [] : [executable];
  }
  return [...NAMES.map((name) => `${venvPath}/bin/${name}`), `${venvPath}/Scripts/python.exe`];
}

/**
 * One spelling for all spellings of a path. Links are not resolved: the Python of a virtual environment is a link, and
 * what it points to is another interpreter. A name without a separator is looked up on the PATH and stays as it is.
 */
export function normalisePath(path: string, baseDirectory: string): string {
  const slashes = path.replaceAll('\\', '/');
  if (!slashes.includes('/')) {
    return path;
  }
  const absolute = /^(\/|[A-Za-z]:\/)/.test(slashes) ? slashes : `${baseDirectory.replaceAll('\\', '/')}/${slashes}`;
  const parts: string[] = [];
  for (const part of absolute.split('/')) {
    if (part === '..') {
      parts.pop();
    } else if (part !== '' && part !== '.') {
      parts.push(part);
    }
  }
  return `/${parts.join('/')}`;
}

function refuse(asked: string, { allowedExecutables }: Python): never {
  const problems = new ProblemCollector();
  const allowed = allowedExecutables.length === 0 ? 'none is listed' : `it lists ${allowedExecutables.join(', ')}`;
  return problems.throwWith({
    path: 'metadata.multiprocess.python_executable',
    message: `'${asked.slice(0, 200)}' is neither the configured interpreter nor in python.allowed_executables (${allowed})`,
    hint: 'Use "python", or add the path to allowed_executables under [multiprocess.python] in runtime.toml.',
  });
}
