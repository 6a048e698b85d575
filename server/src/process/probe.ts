/** Asks an interpreter which node types it has, and what nodes lack there: `python -m remotemedia.probe`. */
import {
  type AudioFormatSpec,
  type DataKind,
  type Engine,
  encodeControl,
  type Gap,
  type ProbeReport,
  parseProbeReport,
  RemoteMediaError,
  type Requirements,
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
  /** Nodes of a manifest, to be told what they lack. Default: none. */
  checks?: readonly { readonly type: string; readonly params: Readonly<Record<string, unknown>> }[];
  /** Modules, as a report names them, that alone are imported. Default: all. */
  only?: readonly string[];
  /** For the import of all modules; some bring large libraries. */
  timeoutMs?: number;
  /** Nobody wants the answer any more. */
  signal?: AbortSignal;
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
  /** Further names of the type. */
  aliases: string[];
  /** Audio that it takes and gives; null is any, or not declared. */
  inputFormat: AudioFormatSpec | null;
  outputFormat: AudioFormatSpec | null;
  engine: Engine | null;
  requirements: Requirements;
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
  /** What each of the checked nodes lacks, in their order. */
  checks: Gap[][];
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
    stdin: encodeControl({
      module_paths: [...modulePaths],
      modules: [...modules],
      checks: checksOf(options),
      ...(options.only === undefined ? {} : { only: [...options.only] }),
    }),
    timeoutMs: options.timeoutMs ?? PROBE_TIMEOUT_MS,
    maxAnswerBytes: MAX_ANSWER_BYTES,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  if (result.answer === null) throw probeFailed(options, result.ending, result);
  const parsed = parseProbeReport(result.answer);
  if (parsed.status === 'line') return toResult(parsed.line);
  const why = parsed.status === 'invalid' ? parsed.reason : parsed.type;
  throw probeFailed(options, `answered something else: ${why}`, result);
}

function checksOf({ checks = [] }: ProbeOptions): { type: string; params: Record<string, unknown> }[] {
  return checks.map(({ type, params }) => ({ type, params: { ...params } }));
}

function toResult(answer: ProbeReport): ProbeResult {
  const nodes = answer.nodes.map(
    ({ params_schema, input_types, output_types, input_format, output_format, ...rest }): PythonNodeType => ({
      ...rest,
      paramsSchema: params_schema,
      inputTypes: input_types,
      outputTypes: output_types,
      inputFormat: input_format,
      outputFormat: output_format,
    }),
  );
  const errors = answer.errors.map(({ module, error_type, message, traceback }) => ({
    module,
    errorType: error_type,
    message,
    traceback,
  }));
  const { executable, version, sdk: sdkVersion, checks } = answer;
  return { executable, version, sdkVersion, nodes, checks, errors };
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
