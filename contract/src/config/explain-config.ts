import { explainNodes, type NodeSettingName } from './node-settings.js';
import type { ConfigLayer, ResolvedConfig } from './resolved-config.js';
import type { Setting, SettingUnit, SettingValue } from './setting.js';
import { SETTINGS, type SettingName, type TableName } from './settings.js';

/** One setting as `remotemedia config explain` prints it: with the names and units of the file. */
export interface ExplainedSetting {
  readonly name: SettingName | NodeSettingName;
  readonly value: SettingValue;
  readonly unit: SettingUnit | null;
  readonly layer: ConfigLayer;
  readonly description: string;
}

/** Every setting with its value and the layer it comes from, in the order of the file; those of node types come last. */
export function explainConfig({ values, layers, nodes }: ResolvedConfig): ExplainedSetting[] {
  const settings = allSettings().map(({ name, unit, description }) => ({
    name,
    value: values[name],
    unit,
    layer: layers[name],
    description,
  }));
  return [...settings, ...explainNodes(nodes)];
}

/** The whole table of settings, each with its full name. */
export function allSettings(): (Setting & {
  readonly name: SettingName;
  readonly table: TableName;
  readonly key: string;
})[] {
  return Object.entries(SETTINGS).flatMap(([table, settings]) =>
    Object.entries(settings as Readonly<Record<string, Setting>>).map(([key, setting]) => ({
      ...setting,
      table: table as TableName,
      key,
      name: `${table}.${key}` as SettingName,
    })),
  );
}
