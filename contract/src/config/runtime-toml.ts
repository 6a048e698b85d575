import { parse } from 'smol-toml';
import { z } from 'zod';
import { RemoteMediaError } from '../errors/error.js';
import { ProblemCollector } from '../problems/collector.js';
import { zodProblems } from '../problems/zod-problems.js';
import { toTables } from './flat-keys.js';
import { multiprocessShape } from './multiprocess.js';

/** Everything runtime.toml may say. Names and units are those of the file. */
export const runtimeToml = z
  .strictObject({
    multiprocess: z
      .strictObject({
        ...multiprocessShape,
        python: z
          .strictObject({
            /** The interpreter of node processes. */
            executable: z.string().min(1),
            /** A virtual environment; wins over `executable`. */
            venv_path: z.string().min(1),
            /** Directories whose Python files are imported for node classes. */
            extra_paths: z.array(z.string().min(1)),
            /** Modules that are imported for node classes. */
            modules: z.array(z.string().min(1)),
            /** Other interpreters that a manifest may name. */
            allowed_executables: z.array(z.string().min(1)),
          })
          .partial(),
      })
      .partial(),
    native: z
      .strictObject({
        /** JavaScript modules with node types of one's own. */
        modules: z.array(z.string().min(1)),
      })
      .partial(),
    limits: z
      .strictObject({
        /** Most Python processes that a manifest may ask for. */
        max_processes_per_session: z.int().min(1),
        /** Python processes of all sessions together. */
        max_processes: z.int().min(1),
        /** Sessions at the same time. */
        max_sessions: z.int().min(1),
        /** Bytes of one gRPC message, each way. */
        max_message_bytes: z
          .int()
          .min(1024)
          .max(2 ** 31 - 1),
        /** Directories that file nodes may read from and write to. */
        media_roots: z.array(z.string().min(1)),
      })
      .partial(),
  })
  .partial();

export type RuntimeToml = z.infer<typeof runtimeToml>;

/**
 * The settings in the text of a runtime.toml. Relative paths stay as they are; the caller knows the file's directory.
 *
 * @throws RemoteMediaError `config.invalid` with every problem and its path.
 */
export function parseRuntimeToml(text: string): RuntimeToml {
  let tables: unknown;
  try {
    tables = parse(text);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new RemoteMediaError('config.invalid', `runtime.toml: Not valid TOML: ${message.trim()}`, { cause: error });
  }
  return checkRuntimeToml(tables as Record<string, unknown>);
}

/** The same for settings that are already an object. */
export function checkRuntimeToml(input: Readonly<Record<string, unknown>>): RuntimeToml {
  const problems = new ProblemCollector('runtime.toml', 'config.invalid');
  const tables = toTables(input, problems);
  const parsed = runtimeToml.safeParse(tables);
  const faults = parsed.success ? [] : zodProblems(parsed.error, tables, '', keysAt);
  for (const fault of faults) {
    problems.add(fault);
  }
  problems.throwIfAny();
  return parsed.data ?? {};
}

/** Names of the keys of the table at a path, for "did you mean". */
function keysAt(path: readonly PropertyKey[]): string[] {
  let schema: z.ZodType = runtimeToml;
  for (const key of path) {
    const next = shapeOf(schema)[String(key)];
    if (next === undefined) {
      return [];
    }
    schema = next;
  }
  return Object.keys(shapeOf(schema));
}

function shapeOf(schema: z.ZodType): Readonly<Record<string, z.ZodType>> {
  const inner = schema instanceof z.ZodOptional ? schema.unwrap() : schema;
  return inner instanceof z.ZodObject ? inner.shape : {};
}
