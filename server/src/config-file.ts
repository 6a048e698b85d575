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
  /** The file that was read; null: none. */
  readonly path: string | null;
}

/**
 * Reads the settings of a service.
 *
 * @param baseDirectory folder for relative paths of settings that come as an object.
 * @throws RemoteMediaError `config.invalid` with every problem
 */
export async function loadConfig(source: ConfigSource, baseDirectory: string): Promise<LoadedConfig> {
  if (typeof source !== 'string') {
    return { toml: absolutePaths(checkRuntimeToml(source ?? {}), baseDirectory), baseDirectory, path: null };
  }
  const path = resolve(baseDirectory, source);
  const folder = dirname(path);
  return { toml: absolutePaths(parseRuntimeToml(await readText(path)), folder), baseDirectory: folder, path };
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
  const { multiprocess, models, native, limits, tls, auth } = toml;
  const { python, nodes } = multiprocess ?? {};
  const path = (each: string): string => resolve(base, each);
  const program = (each: string): string => (/[\\/]/.test(each) ? path(each) : each);
  const module = (each: string): string => (/^\.\.?[\\/]/.test(each) ? path(each) : each);
  return {
    ...toml,
    ...(multiprocess === undefined
      ? {}
      : {
          multiprocess: {
            ...multiprocess,
            ...change('python', python, (table) => ({
              ...table,
              ...change('executable', table.executable, program),
              ...change('venv_path', table.venv_path, path),
              ...change('extra_paths', table.extra_paths, (paths) => paths.map(path)),
              ...change('allowed_executables', table.allowed_executables, (paths) => paths.map(program)),
              ...change('environments_path', table.environments_path, path),
            })),
            ...change('nodes', nodes, (tables) =>
              Object.fromEntries(
                Object.entries(tables).map(([type, table]) => [
                  type,
                  {
                    ...table,
                    ...change('python_executable', table.python_executable, program),
                    ...change('venv_path', table.venv_path, path),
                  },
                ]),
              ),
            ),
          },
        }),
    ...(models === undefined
      ? {}
      : { models: { ...models, ...change('paths', models.paths, (paths) => paths.map(path)) } }),
    ...(native === undefined
      ? {}
      : { native: { ...native, ...change('modules', native.modules, (names) => names.map(module)) } }),
    ...(limits === undefined
      ? {}
      : { limits: { ...limits, ...change('media_roots', limits.media_roots, (paths) => paths.map(path)) } }),
    ...(tls === undefined
      ? {}
      : {
          tls: {
            ...tls,
            ...change('certificate', tls.certificate, path),
            ...change('key', tls.key, path),
            ...change('client_ca', tls.client_ca, path),
          },
        }),
    ...(auth === undefined ? {} : { auth: { ...auth, ...change('tokens_file', auth.tokens_file, path) } }),
  };
}

/** What is not set stays so. */
function change<Key extends string, Value>(
  key: Key,
  value: Value | undefined,
  by: (value: Value) => Value,
): { readonly [name in Key]?: Value } {
  return (value === undefined ? {} : { [key]: by(value) }) as { [name in Key]?: Value };
}
