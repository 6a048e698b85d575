/** Asks an interpreter which node types it has: `python -m remotemedia.probe`, once at service start. */
import {
  type DataKind,
  encodeControl,
  type ProbeReport,
  parseProbeReport,
  RemoteMediaError,
} from '@remotemedia/contract';
import { runProgram } from './run-program.js';

export interface ProbeOptions {
  /** The interpreter's own path (`sys.executable`). */
  executable: string;
  /** Absolute directories whose Python files and packages are imported. */
  modulePaths: readonly string[];
  /** Modules to import by name. */
  modules: readonly string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** For the import of all modules; some bring large libraries. */
  timeoutMs?: number;
}

const PROBE_TIMEOUT_MS = 120_000;
/** Schemas of many node types are large; this is only a bound. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** A node type that an interpreter has registered. */
export interface PythonNodeType {
  type: string;
  module: string;
  doc: string;
  /** JSON Schema of its parameters; null when it declares none. */
  paramsSchema: Record<string, unknown> | null;
  /** Kinds of data it takes and gives; null is any. */
  inputTypes: DataKind[] | null;
  outputTypes: DataKind[] | null;
}

/** A module that could not be imported. The others are there all the same. */
export interface ModuleError {
  module: string;
  errorType: string;
  message: string;
  traceback: string;
}

export interface ProbeResult {
  executable: string;
  version: string;
  sdkVersion: string;
  nodes: PythonNodeType[];
  errors: ModuleError[];
}

/**
 * Imports every configured module in a process of its own and returns what they register.
 *
 * @throws RemoteMediaError `process.spawn_failed` when there was no answer: the interpreter could not be started, a module
 *   ended or hung it, or the SDK in it is another version
 */
export async function probe(options: ProbeOptions): Promise<ProbeResult> {
  const { executable, modulePaths, modules, cwd, env } = options;
  const result = await runProgram({
    command: executable,
    args: ['-m', 'remotemedia.probe'],
    cwd,
    env,
    stdin: encodeControl({ module_paths: [...modulePaths], modules: [...modules] }),
    timeoutMs: options.timeoutMs ?? PROBE_TIMEOUT_MS,
    maxAnswerBytes: MAX_ANSWER_BYTES,
  });
  if (result.answer === null) throw probeFailed(options, result.ending, result);
  const parsed = parseProbeReport(result.answer);
  if (parsed.status === 'line') return toResult(parsed.line);
  const why = parsed.status === 'invalid' ? parsed.reason : parsed.type;
  throw probeFailed(options, `answered something else: ${why}`, result);
}

function toResult(answer: ProbeReport): ProbeResult {
  const nodes = answer.nodes.map(({ type, module, doc, params_schema, input_types, output_types }) => ({
    type,
    module,
    doc,
    paramsSchema: params_schema,
    inputTypes: input_types,
    outputTypes: output_types,
  }));
  const errors = answer.errors.map(({ module, error_type, message, traceback }) => ({
    module,
    errorType: error_type,
    message,
    traceback,
  }));
  return { executable: answer.executable, version: answer.version, sdkVersion: answer.sdk, nodes, errors };
}

function probeFailed(
  options: ProbeOptions,
  what: string,
  result: { stderr: string[]; exitCode: number | null; signal: string | null },
): RemoteMediaError {
  const lastLine = result.stderr.at(-1);
  const quoted = lastLine === undefined ? '' : `; last line on stderr: ${lastLine}`;
  return new RemoteMediaError(
    'process.spawn_failed',
    `Asking ${options.executable} for its node types: it ${what}${quoted}`,
    {
      hint: `Run it by hand: echo '{"module_paths":[],"modules":[]}' | ${options.executable} -m remotemedia.probe 3>&1`,
      details: {
        stderr: result.stderr,
        ...(result.exitCode === null ? {} : { exitCode: result.exitCode }),
        ...(result.signal === null ? {} : { signal: result.signal }),
      },
    },
  );
}
