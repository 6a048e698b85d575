/**
 * Parameters as a node type names them.
 *
 * A manifest may spell a name in camelCase, as those for the original system do, and may use a name for a value that the
 * node type knows under another one (`x-aliases` of its schema). Everything behind this sees the node's own names.
 */
import type { NodeType } from './catalog.js';

export interface SettledParams {
  readonly params: Readonly<Record<string, unknown>>;
  /** What was taken for something else, one sentence each. */
  readonly warnings: readonly string[];
  /** Names that are given in two spellings. */
  readonly doubles: readonly { readonly name: string; readonly message: string }[];
}

type Properties = Readonly<Record<string, unknown>>;

/** The names and values that `type` has for `params`. What it has no name for stays as it is. */
export function settleParams(type: NodeType, params: Readonly<Record<string, unknown>>): SettledParams {
  const properties = propertiesOf(type);
  const settled: Record<string, unknown> = {};
  const warnings: string[] = [];
  const doubles: { name: string; message: string }[] = [];
  for (const [given, value] of Object.entries(params)) {
    const name = ownName(given, properties);
    if (name !== given && Object.hasOwn(params, name)) {
      doubles.push({ name: given, message: `${name} and ${given} are the same parameter: give one of them` });
      continue;
    }
    const meant = aliasOf(value, properties, name);
    if (meant !== null)
      warnings.push(`${type.type} has no ${name} '${String(value)}'; it is taken for ${JSON.stringify(meant)}`);
    // Not an assignment: a hostile name may be `__proto__`.
    Object.defineProperty(settled, name, {
      value: meant ?? value,
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return { params: settled, warnings, doubles };
}

/** The values that a node will work with: its settled parameters, and the defaults of its schema. */
export function effectiveParams(
  type: NodeType,
  params: Readonly<Record<string, unknown>>,
): ReadonlyMap<string, unknown> {
  const values = new Map<string, unknown>();
  for (const [name, property] of Object.entries(propertiesOf(type))) {
    if (isObject(property) && Object.hasOwn(property, 'default')) values.set(name, property['default']);
  }
  for (const [name, value] of Object.entries(params)) values.set(name, value);
  return values;
}

function propertiesOf(type: NodeType): Properties {
  const schema = type.kind === 'native' ? type.definition.paramsSchema : type.python.paramsSchema;
  const properties = schema?.['properties'];
  return isObject(properties) ? properties : {};
}

function ownName(given: string, properties: Properties): string {
  if (Object.hasOwn(properties, given)) return given;
  const snake = given.replaceAll(/(?<=[a-z0-9])[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return Object.hasOwn(properties, snake) ? snake : given;
}

/** What a value stands for; null: itself. */
function aliasOf(value: unknown, properties: Properties, name: string): unknown {
  if (typeof value !== 'string') return null;
  const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
  const aliases = isObject(property) ? property['x-aliases'] : undefined;
  return isObject(aliases) && Object.hasOwn(aliases, value) ? aliases[value] : null;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
