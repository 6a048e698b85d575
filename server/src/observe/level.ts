/**
 * Which log lines are written: the level and where it comes from.
 */

/** Levels from the most talkative to none at all; a level includes every later one. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/** The level of one line: everything but `silent`. */
export type LineLevel = Exclude<LogLevel, 'silent'>;

export interface ResolvedLogLevel {
  level: LogLevel;
  /** Where the level comes from, as it is written by whoever set it. */
  source: '--log-level' | 'REMOTEMEDIA_LOG' | 'RUST_LOG' | 'default';
  /** What was wrong with a value that was skipped; null when nothing was. */
  problem: string | null;
}

const ALIASES: Readonly<Record<string, LogLevel>> = { warning: 'warn', off: 'silent' };

/**
 * Reads one level name, whatever its case; `off` and `warning` are understood too.
 *
 * @returns null when `text` names no level
 */
export function parseLogLevel(text: string): LogLevel | null {
  const name = text.trim().toLowerCase();
  return LOG_LEVELS.find((level) => level === name) ?? ALIASES[name] ?? null;
}

/**
 * Picks the level: the option, then REMOTEMEDIA_LOG, then RUST_LOG, then `info`.
 *
 * An environment variable may hold Rust's list of directives (`info,h2=warn` or `remotemedia=debug`); the first one counts.
 * A variable that cannot be read is skipped and named in `problem`: a typing error there must not stop the service.
 */
export function resolveLogLevel(option: LogLevel | null, env: NodeJS.ProcessEnv): ResolvedLogLevel {
  if (option !== null) return { level: option, source: '--log-level', problem: null };
  let problem: string | null = null;
  for (const source of ['REMOTEMEDIA_LOG', 'RUST_LOG'] as const) {
    const value = env[source];
    if (value === undefined || value.trim() === '') continue;
    const level = parseDirectives(value);
    if (level !== null) return { level, source, problem };
    problem ??= `${source}=${value} names no log level (${LOG_LEVELS.join(', ')})`;
  }
  return { level: 'info', source: 'default', problem };
}

function parseDirectives(value: string): LogLevel | null {
  const first = value.split(',', 1)[0] ?? '';
  return parseLogLevel(first.slice(first.indexOf('=') + 1));
}
