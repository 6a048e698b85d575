/**
 * Does something again and again, `intervalMs` after it was done the last time. Never twice at once, and never a reason for
 * the process to stay alive.
 *
 * @param task must not reject.
 * @returns stops it; what has begun is not interrupted.
 */
export function repeat(intervalMs: number, task: () => Promise<void>): () => void {
  let timer: NodeJS.Timeout | null = null;
  const next = (): void => {
    timer = setTimeout(() => {
      void task().then(() => {
        if (timer !== null) next();
      });
    }, intervalMs).unref();
  };
  next();
  return () => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
  };
}
