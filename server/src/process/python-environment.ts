import { homedir } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';

/** Where engines find weights, and whether they may fetch what is not there. */
export interface ModelSettings {
  /** Absolute; none: a folder in the user's data folder. */
  readonly paths: readonly string[];
  readonly allowDownloads: boolean;
}

/**
 * The environment that Python programs are given: the service's own, and output that is not held back in a buffer, so that
 * the last words of a process that dies are in the log. Tokens stay with the service: nodes are other people's code.
 *
 * Weights come from the folders of `models` alone, whatever the service's own environment says, and without leave nothing
 * is fetched: not by this package's nodes, nor by Hugging Face's libraries in anybody's.
 *
 * Thread counts (`OMP_NUM_THREADS` and its kin) are left as they are: how many suit a node is its author's decision.
 *
 * @param tokensVariable name of the variable that holds tokens; null: none does.
 */
export function pythonEnvironment(
  env: NodeJS.ProcessEnv,
  tokensVariable: string | null = null,
  models: ModelSettings = { paths: [], allowDownloads: false },
): NodeJS.ProcessEnv {
  const withheld = [tokensVariable, CLIENT_TOKEN_VARIABLE, DOWNLOADS_VARIABLE];
  const own = Object.entries(env).filter(([name]) => !withheld.includes(name));
  const folders = models.paths.length > 0 ? models.paths : [join(dataFolder(env), 'models')];
  return {
    ...Object.fromEntries(own),
    PYTHONUNBUFFERED: '1',
    HF_HUB_DISABLE_TELEMETRY: '1',
    REMOTEMEDIA_MODELS: folders.join(delimiter),
    ...(models.allowDownloads ? { [DOWNLOADS_VARIABLE]: '1' } : { HF_HUB_OFFLINE: '1', TRANSFORMERS_OFFLINE: '1' }),
  };
}

/** `remotemedia` in the user's data folder, as the XDG base directory specification places that. */
export function dataFolder(env: NodeJS.ProcessEnv): string {
  const { XDG_DATA_HOME: named } = env;
  // The specification says to ignore a relative one.
  const data = named !== undefined && isAbsolute(named) ? named : join(env['HOME'] ?? homedir(), '.local', 'share');
  return join(data, 'remotemedia');
}

const DOWNLOADS_VARIABLE = 'REMOTEMEDIA_ALLOW_DOWNLOADS';

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
