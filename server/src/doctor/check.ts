/** What a check found. `warn`: it works, but something will be missed. `fail`: it does not work. */
export type CheckStatus = 'ok' | 'warn' | 'fail';

export interface Check {
  /** What was looked at, in a word or two: `interpreter`. */
  readonly name: string;
  readonly status: CheckStatus;
  /** What was found, in one line. */
  readonly message: string;
  /** What to do about it; null: nothing has to be done. */
  readonly remedy: string | null;
  /** More lines, for example a traceback. */
  readonly details: readonly string[];
}

export function ok(name: string, message: string): Check {
  return { name, status: 'ok', message, remedy: null, details: [] };
}

export function warn(name: string, message: string, remedy: string | null): Check {
  return { name, status: 'warn', message, remedy, details: [] };
}

export function fail(name: string, message: string, remedy: string | null, details: readonly string[] = []): Check {
  return { name, status: 'fail', message, remedy, details };
}

/** Message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
