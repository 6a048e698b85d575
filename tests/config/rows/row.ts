import type { SettingName, SettingValue } from '@remotemedia/contract';
import { expect } from 'vitest';
import type { Message, WireClient } from '../../harness/client.js';
import type { TestService } from '../../harness/service.js';

/** What a busy machine may add to a time. */
const SLACK_MS = 1500;
/** What clocks of two parts may differ by. */
const EARLY_MS = 10;

/** Settings of a runtime.toml by their full names. */
export type Toml = Readonly<Partial<Record<SettingName, SettingValue>>>;

/** Where the effect of a setting is looked for. */
export interface Stage {
  readonly service: TestService;
  readonly client: WireClient;
  /** What the manifest says in `metadata.multiprocess`. */
  readonly multiprocess: Message;
  /** Path of runtime.toml, for an own service with the same settings. */
  readonly config: string;
  /** Its folder. */
  readonly folder: string;
}

/** One setting, with the effect that it must have at each layer where it may be set. */
export interface Row {
  readonly setting: SettingName;
  /** Runs something and tells what happened. */
  observe(stage: Stage): Promise<unknown>;
  /** Other settings that must be so for the effect to be seen. */
  readonly beside?: Toml;
  /** The effect when nobody sets it. */
  readonly byDefault: unknown;
  /** A value in runtime.toml, and its effect. */
  readonly inFile: readonly [value: SettingValue, effect: unknown];
  /** A value in a manifest, laid over that of runtime.toml; null: a manifest may not have it. */
  readonly inManifest: readonly [value: SettingValue, effect: unknown] | null;
}

/** A number of milliseconds that is at least this, and not much more. */
export function aboutMs(least: number): unknown {
  return expect.toSatisfy((ms: number) => ms >= least - EARLY_MS && ms <= least + SLACK_MS);
}

/** A number of milliseconds that is at least this. */
export function leastMs(least: number): unknown {
  return expect.toSatisfy((ms: number) => ms >= least - EARLY_MS);
}
