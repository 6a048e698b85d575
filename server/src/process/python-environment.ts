/**
 * The environment that Python programs are given: the service's own, and output that is not held back in a buffer, so that
 * the last words of a process that dies are in the log. Tokens stay with the service: nodes are other people's code.
 *
 * Thread counts (`OMP_NUM_THREADS` and its kin) are left as they are: how many suit a node is its author's decision.
 *
 * @param tokensVariable name of the variable that holds tokens; null: none does.
 */
export function pythonEnvironment(env: NodeJS.ProcessEnv, tokensVariable: string | null = null): NodeJS.ProcessEnv {
  const own = Object.entries(env).filter(([name]) => name !== tokensVariable && name !== CLIENT_TOKEN_VARIABLE);
  return { ...Object.fromEntries(own), PYTHONUNBUFFERED: '1' };
}

/** What the command line sends to a running service. */
const CLIENT_TOKEN_VARIABLE = 'REMOTEMEDIA_TOKEN';

/** Whatever a node starts inherits this, so that it is found when its session ends, wherever it went. */
const MARK_VARIABLE = 'REMOTEMEDIA_PROCESS';

/**
 * The environment of the node processes of one session.
 *
 * @param prefix of the session's shared memory, `rm_<instance>_<number>_`; the mark is what is in between.
 */
export function sessionEnvironment(env: NodeJS.ProcessEnv, prefix: string): NodeJS.ProcessEnv {
  return { ...env, [MARK_VARIABLE]: prefix.slice('rm_'.length, -'_'.length) };
}
