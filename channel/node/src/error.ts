/** An error of the channel: `code` is one of the project's error codes. */
export class ChannelError extends Error {
  override readonly name = 'ChannelError';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** The addon sends `code NUL message`; anything else is a defect. */
function fromNative(error: unknown): ChannelError {
  const text = error instanceof Error ? error.message : String(error);
  const at = text.indexOf('\0');
  return at < 0 ? new ChannelError('internal', text) : new ChannelError(text.slice(0, at), text.slice(at + 1));
}

/** Runs a call into the addon and gives its error a code. */
export function native<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw fromNative(error);
  }
}

/** Awaits work of the addon and gives its error a code. */
export async function nativeAsync<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw fromNative(error);
  }
}
