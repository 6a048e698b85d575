import { parse, TomlDate } from 'smol-toml';
import { z } from 'zod';
import { RemoteMediaError } from '../errors/error.js';
import { ProblemCollector } from '../problems/collector.js';

/** One token as its owner wrote it down: itself, or only its hash. */
export interface TokenEntry {
  /** What the log calls it. */
  readonly name: string;
  /** Null: only its hash is known. */
  readonly token: string | null;
  /** Hexadecimal. */
  readonly sha256: string | null;
  /** Milliseconds since 1970; null: never. */
  readonly expiresMs: number | null;
  /** At the same time, of all who send this token. Null is no limit but the service's. */
  readonly maxSessions: number | null;
  readonly maxProcesses: number | null;
}

/** What RFC 6750 allows, long enough that nobody tries them all. */
const TOKEN = /^[A-Za-z0-9\-._~+/]{16,1000}=*$/;
const COUNT = z.int().min(1);

const ENTRY = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9._@-]{1,100}$/),
  token: z.string().regex(TOKEN).optional(),
  sha256: z
    .string()
    .regex(/^[0-9A-Fa-f]{64}$/)
    .optional(),
  expires: z
    .instanceof(TomlDate)
    .refine((date) => date.isDateTime() && !date.isLocal())
    .optional(),
  max_sessions: COUNT.optional(),
  max_processes: COUNT.optional(),
});
const FILE = z.strictObject({ token: z.array(ENTRY).min(1) });

type Key = keyof z.infer<typeof ENTRY>;

const RULES: Readonly<Record<Key, string>> = {
  name: 'Must be 1 to 100 letters, digits or one of . _ @ -',
  token: 'Must be at least 16 letters, digits or one of - . _ ~ + /',
  sha256: 'Must be 64 hexadecimal digits',
  expires: 'Must be a date with time and zone, without quotes, for example 2027-01-31T00:00:00Z',
  max_sessions: 'Must be a whole number of at least 1',
  max_processes: 'Must be a whole number of at least 1',
};
const KEYS = Object.keys(RULES).join(', ');

/**
 * The tokens in the text of a file of `[[token]]` tables, or in a text that is one token itself.
 *
 * What is said of problems never quotes the text: any part of it may be a secret.
 *
 * @param source what holds the text, for messages.
 * @param setting the full name of the setting that names the source.
 * @throws RemoteMediaError `config.invalid` with every problem
 */
export function parseTokens(text: string, source: string, setting: string): TokenEntry[] {
  const alone = text.trim();
  if (TOKEN.test(alone)) return [{ ...NO_LIMITS, name: setting, token: alone, sha256: null }];
  const hint = `Correct what ${setting} names; docs/guide/security.md shows the form.`;
  const problems = new ProblemCollector(source, 'config.invalid');
  const parsed = FILE.safeParse(parseToml(alone, source, hint));
  for (const problem of parsed.success ? [] : parsed.error.issues.map(toProblem)) problems.add({ ...problem, hint });
  const entries = parsed.data?.token ?? [];
  for (const [index, { name, token, sha256 }] of entries.entries()) {
    const path = `token[${index}]`;
    if ((token === undefined) === (sha256 === undefined)) {
      problems.add({ path, message: `Must have either token or sha256`, hint });
    }
    if (entries.findIndex((other) => other.name === name) < index) {
      problems.add({ path: `${path}.name`, message: 'Another token has the same name', hint });
    }
  }
  problems.throwIfAny();
  return entries.map(({ name, token = null, sha256 = null, expires, max_sessions, max_processes }) => ({
    name,
    token,
    sha256,
    expiresMs: expires?.getTime() ?? null,
    maxSessions: max_sessions ?? null,
    maxProcesses: max_processes ?? null,
  }));
}

const NO_LIMITS = { expiresMs: null, maxSessions: null, maxProcesses: null };

function parseToml(text: string, source: string, hint: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    // The parser's own message shows the line.
    const line = error instanceof Error && 'line' in error ? ` in line ${String(error.line)}` : '';
    throw new RemoteMediaError('config.invalid', `${source}: Neither one token nor valid TOML${line}`, { hint });
  }
}

function toProblem({ code, path }: z.core.$ZodIssue): { path: string; message: string } {
  const [, index, key] = path;
  if (index === undefined) return { path: '', message: 'Must hold [[token]] tables and nothing else' };
  const place = `token[${String(index)}]`;
  if (code === 'unrecognized_keys' || !isKey(key)) return { path: place, message: `May have these keys only: ${KEYS}` };
  return { path: `${place}.${key}`, message: RULES[key] };
}

function isKey(key: PropertyKey | undefined): key is Key {
  return typeof key === 'string' && Object.hasOwn(RULES, key);
}
