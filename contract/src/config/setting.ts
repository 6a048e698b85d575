import type { z } from 'zod';

/** What a setting's number counts. */
export type SettingUnit = 'messages' | 'seconds' | 'bytes' | 'processes' | 'sessions';

/** Everything about one setting. Schemas, resolution, `config explain` and the documentation are made from it. */
export interface Setting<Schema extends z.ZodType = z.ZodType, Default = unknown> {
  /** What runtime.toml may say. */
  readonly schema: Schema;
  /** Null: nothing is set. */
  readonly default: Default;
  readonly unit: SettingUnit | null;
  /** What 0 means where it is no quantity. */
  readonly zero: string | null;
  /** What it does, in one sentence. */
  readonly description: string;
  /** Its key in a manifest's `metadata.multiprocess`; null: only runtime.toml may set it. */
  readonly manifestKey: string | null;
  /** What a manifest's null means; null: it may not be null. */
  readonly manifestNull: string | null;
  /** The setting that caps it, by its full name. */
  readonly cap: string | null;
}

type Facts<Schema extends z.ZodType, Default> = Pick<Setting<Schema, Default>, 'schema' | 'default' | 'description'> &
  Partial<Setting<Schema, Default>>;

/** A setting; what is left out is null. */
export function setting<Schema extends z.ZodType, const Default>(
  facts: Facts<Schema, Default>,
): Setting<Schema, Default> {
  return { unit: null, zero: null, manifestKey: null, manifestNull: null, cap: null, ...facts };
}

/** The value of a setting when it is resolved, in the units of the file. */
export type SettingValue = string | number | boolean | null | readonly string[];
