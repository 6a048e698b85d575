import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { checkRuntimeToml, parseRuntimeToml, RemoteMediaError, type RuntimeToml } from '@remotemedia/contract';

/** Settings of a service: the path of a runtime.toml, what would stand in one, or null for defaults alone. */
export type ConfigSource = string | Readonly<Record<string, unknown>> | null;

export interface LoadedConfig {
  /** Paths in it are absolute. */
  readonly toml: RuntimeToml;
  /** Folder that its relative paths start from. */
  readonly baseDirectory: string;
}

/**
 * Reads the settings of a service.
 *
 * @param baseDirectory folder for relative paths of settings that come as an object.
 * @throws RemoteMediaError `config.invalid` with every problem
 */
export async function loadConfig(source: ConfigSource, baseDirectory: string): Promise<LoadedConfig> {
  if (typeof source !== 'string') {
    return { toml: absolutePaths(checkRuntimeToml(source ?? {}), baseDirectory), baseDirectory };
  }
  const path = resolve(baseDirectory, source);
  const folder = dirname(path);
  return { toml: absolutePaths(parseRuntimeToml(await readText(path)), folder), baseDirectory: folder };
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    throw new RemoteMediaError('config.invalid', `Configuration cannot be read: ${text}`, { cause });
  }
}

function absolutePaths(toml: RuntimeToml, base: string): RuntimeToml {
  const { multiprocess, limits } = toml;
  const extraPaths = multiprocess?.python?.extra_paths;
  const mediaRoots = limits?.media_roots;
  const absolute = (path: string): string => resolve(base, path);
  return {
    ...toml,
    ...(extraPaths === undefined
      ? {}
      : {
          multiprocess: { ...multiprocess, python: { ...multiprocess?.python, extra_paths: extraPaths.map(absolute) } },
        }),
    ...(mediaRoots === undefined ? {} : { limits: { ...limits, media_roots: mediaRoots.map(absolute) } }),
  };
}
