import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

/** The file that a service takes its settings from when nobody names one. */
const DEFAULT_FILE = 'runtime.toml';

/**
 * The configuration file of a command.
 *
 * @param given what `--config` says; without it the file counts that stands in the current folder.
 * @returns null: there is none, and the defaults apply.
 */
export function configPath(given: string | null | undefined): string | null {
  if (given !== undefined && given !== null) return given;
  const path = resolve(DEFAULT_FILE);
  return existsSync(path) ? path : null;
}
