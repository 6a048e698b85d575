import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { RemoteMediaError } from '@remotemedia/contract';
import { isNodeDefinition, type NodeDefinition } from './node.js';
import type { NodeRegistry } from './registry.js';

/**
 * Registers the node types of the modules that `[native] modules` names: every export made with `defineNode`, or an array
 * of such.
 *
 * @param modules paths to JavaScript files (`./nodes/gain.js`), or names of installed packages.
 * @param baseDir folder that paths and packages are looked up from: that of runtime.toml.
 * @throws RemoteMediaError `config.invalid` for a module that is not there, fails to load, or defines no node.
 */
export async function loadNodeModules(
  registry: NodeRegistry,
  modules: readonly string[],
  baseDir: string,
): Promise<void> {
  for (const module of modules) {
    const definitions = findDefinitions(await load(module, baseDir));
    if (definitions.length === 0) {
      throw invalid(
        module,
        'exports no node',
        'Export what defineNode returns: export const gain = defineNode({ … }).',
      );
    }
    for (const definition of definitions) registry.register(definition, { module });
  }
}

async function load(module: string, baseDir: string): Promise<Record<string, unknown>> {
  const target = locate(module, baseDir);
  try {
    return (await import(target)) as Record<string, unknown>;
  } catch (cause) {
    const text = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    const hint = module.endsWith('.ts')
      ? 'Compile it to JavaScript and name that file.'
      : 'Correct or remove it in [native] modules of runtime.toml; the stack is in the details.';
    throw invalid(module, `failed to load: ${text}`, hint, cause);
  }
}

/** What `import` takes to find the module. */
function locate(module: string, baseDir: string): string {
  const file = resolve(baseDir, module);
  if (module.startsWith('.') || isAbsolute(module) || existsSync(file)) return pathToFileURL(file).href;
  try {
    return pathToFileURL(createRequire(join(baseDir, 'runtime.toml')).resolve(module)).href;
  } catch {
    // A package for `import` alone hides from `require`; seen from the service it may still be found.
    return module;
  }
}

function findDefinitions(exported: Record<string, unknown>): NodeDefinition[] {
  const found = Object.values(exported).flat().filter(isNodeDefinition);
  // The same node may be exported under two names.
  return [...new Set(found)];
}

function invalid(module: string, what: string, hint: string, cause?: unknown): RemoteMediaError {
  const traceback = cause instanceof Error ? cause.stack : undefined;
  return new RemoteMediaError('config.invalid', `Native module ${module} ${what}`, {
    hint,
    cause,
    details: { setting: 'native.modules', ...(traceback === undefined ? {} : { traceback }) },
  });
}
