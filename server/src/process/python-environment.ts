/**
 * The environment that Python programs are given: the service's own, and output that is not held back in a buffer, so that
 * the last words of a process that dies are in the log.
 *
 * Thread counts (`OMP_NUM_THREADS` and its kin) are left as they are: how many suit a node is its author's decision.
 */
export function pythonEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...env, PYTHONUNBUFFERED: '1' };
}
