/** How much shared memory was missing. */
export interface Shortage {
  readonly askedBytes: number;
  readonly availableBytes: number;
}

/** An error of the channel: `code` is one of the project's error codes. */
export class ChannelError extends Error {
  override readonly name = 'ChannelError';
  readonly code: string;
  /** Of `limit.shared_memory`, when /dev/shm is full. */
  readonly shortage: Shortage | null;

  constructor(code: string, message: string, shortage: Shortage | null = null) {
    super(message);
    this.code = code;
    this.shortage = shortage;
  }
}

/** The addon sends `code NUL message`, and with a shortage `NUL asked NUL available`; anything else is a defect. */
function fromNative(error: unknown): ChannelError {
  const text = error instanceof Error ? error.message : String(error);
  const [code, message, asked, available] = text.split('\0');
  if (code === undefined || message === undefined) return new ChannelError('internal', text);
  if (asked === undefined || available === undefined) return new ChannelError(code, message);
  return new ChannelError(code, message, { askedBytes: Number(asked), availableBytes: Number(available) });
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
