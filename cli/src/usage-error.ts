/** The command line asks for something that cannot be done. Never a bug, never the pipeline's fault. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  /** What to type instead, or null. */
  readonly hint: string | null;

  constructor(message: string, hint: string | null = null) {
    super(message);
    this.hint = hint;
  }
}
