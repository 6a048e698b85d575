/** The result of a wait that ran out of time. */
export const TIMED_OUT: unique symbol = Symbol('timed out');

/** The longest time a timer can be set to (nearly 25 days); a longer one would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Waits for a promise, but no longer than `timeoutMs`; the timer of a wait that was won is cleared.
 *
 * The timer keeps no process alive: whoever is waited for (a child, a socket) does.
 */
export async function withTimeout<T>(promise: Promise<T>, timeoutMs: number): Promise<T | typeof TIMED_OUT> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<typeof TIMED_OUT>((resolve) => {
    timer = setTimeout(resolve, Math.min(timeoutMs, MAX_TIMER_MS), TIMED_OUT);
    timer.unref();
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
