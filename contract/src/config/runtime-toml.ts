import { parse } from 'smol-toml';
import { z } from 'zod';
import { RemoteMediaError } from '../errors/error.js';
import { ProblemCollector } from '../problems/collector.js';
import { zodProblems } from '../problems/zod-problems.js';
import { toTables } from './flat-keys.js';
import { keysAt, takeMisplaced } from './known-keys.js';
import { nodeTables } from './node-settings.js';
import { shapeOf } from './settings.js';

/** Everything runtime.toml may say. Names and units are those of the file. */
export const runtimeToml = z
  .strictObject({
    multiprocess: z
      .strictObject({
        ...shapeOf('multiprocess'),
        python: z.strictObject(shapeOf('multiprocess.python')).partial(),
        nodes: nodeTables,
      })
      .partial(),
    models: z.strictObject(shapeOf('models')).partial(),
    native: z.strictObject(shapeOf('native')).partial(),
    limits: z.strictObject(shapeOf('limits')).partial(),
    service: z.strictObject(shapeOf('service')).partial(),
    tls: z.strictObject(shapeOf('tls')).partial(),
    auth: z.strictObject(shapeOf('auth')).partial(),
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
  takeMisplaced(tables, problems);
  const parsed = runtimeToml.safeParse(tables);
  const faults = parsed.success ? [] : zodProblems(parsed.error, tables, '', keysAt);
  for (const fault of faults) {
    problems.add(fault);
  }
  problems.throwIfAny();
  return parsed.data ?? {};
}
