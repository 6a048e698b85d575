import type { z } from 'zod';
import type { MultiprocessOverrides } from './multiprocess.js';
import type { ConfigLayer } from './resolved-config.js';
import type { RuntimeToml } from './runtime-toml.js';
import type { Setting, SettingValue } from './setting.js';
import { SETTING_NAMES, SETTINGS, type SettingName, type Settings, type TableName } from './settings.js';

type KeyOf<Table extends TableName> = keyof Settings[Table] & string;
type ValueOf<OneSetting> = OneSetting extends Setting<infer Schema, infer Default> ? z.infer<Schema> | Default : never;
export type ValueAt<Table extends TableName, Key extends KeyOf<Table>> = ValueOf<Settings[Table][Key]>;
type Values = Readonly<Record<string, unknown>>;

/** Takes each value from the strongest layer that has it, and remembers which that was. */
export class Layering {
  readonly layers = recordOf<ConfigLayer>('default');
  readonly values = recordOf<SettingValue>(null);
  readonly #file: Readonly<Record<TableName, Values>>;
  readonly #manifest: Values;

  constructor(toml: RuntimeToml, manifest: Values) {
    const { multiprocess = {}, models = {}, native = {}, limits = {}, service = {}, tls = {}, auth = {} } = toml;
    const { python = {}, nodes: _, ...others } = multiprocess;
    this.#file = { multiprocess: others, 'multiprocess.python': python, models, native, limits, service, tls, auth };
    this.#manifest = manifest;
  }

  /** Undefined is silence; false and 0 are values. */
  pick<Table extends TableName, Key extends KeyOf<Table>>(table: Table, key: Key): ValueAt<Table, Key> {
    const setting = settingAt(table, key);
    const fromManifest = table === 'multiprocess' ? this.#manifest[key] : undefined;
    const fromFile = this.#file[table][key];
    const layer = fromManifest !== undefined ? 'manifest' : fromFile !== undefined ? 'runtime.toml' : 'default';
    const value = fromManifest ?? fromFile ?? setting.default;
    this.set(`${table}.${key}` as SettingName, value as SettingValue, layer);
    return value as ValueAt<Table, Key>;
  }

  /** A value that did not come by the usual way. */
  set(name: SettingName, value: SettingValue, layer: ConfigLayer): void {
    this.values[name] = value;
    this.layers[name] = layer;
  }
}

function settingAt(table: TableName, key: string): Setting {
  const setting = (SETTINGS[table] as Readonly<Record<string, Setting>>)[key];
  if (setting === undefined) {
    throw new Error(`there is no setting ${table}.${key}`);
  }
  return setting;
}

function recordOf<Value>(value: Value): Record<SettingName, Value> {
  return Object.fromEntries(SETTING_NAMES.map((name) => [name, value])) as Record<SettingName, Value>;
}

/** A manifest's settings in which null has become the value that it stands for. */
export function withoutNulls(manifest: MultiprocessOverrides, maxProcessesPerSession: number): Values {
  const { max_processes_per_session: processes, process_timeout_secs: timeout } = manifest;
  return {
    ...manifest,
    ...(processes === null ? { max_processes_per_session: maxProcessesPerSession } : {}),
    ...(timeout === null ? { process_timeout_secs: 0 } : {}),
  };
}
