import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { allSettings, isRemoteMediaError, type SettingName } from '@remotemedia/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Message, WireClient } from '../harness/client.js';
import { leftovers, NOTHING_LEFT, startTestService, type TestService } from '../harness/service.js';
import type { Row, Toml } from './rows/row.js';

/** Node classes of these tests. */
export const NODES = fileURLToPath(new URL('nodes', import.meta.url));

/** Settings that a service of these tests has where a row says nothing else. */
const USUAL: Toml = { 'multiprocess.python.extra_paths': [NODES] };

/** Tests every row at every layer where its setting may be set, on services with real files of configuration. */
export function testRows(
  rows: readonly Row[],
  prepare: (folder: string) => Promise<void> = async () => undefined,
): void {
  const services = new Map<string, { readonly config: string; readonly starting: Promise<TestService> }>();
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rm-config-'));
    await prepare(folder);
  });

  afterAll(async () => {
    for (const { starting } of services.values()) {
      const service = await starting.catch(() => null);
      if (service === null) continue;
      expect(await leftovers(service)).toEqual(NOTHING_LEFT);
      await service.close();
    }
    await rm(folder, { recursive: true, force: true });
  });

  /** Rows that need the same settings share a service. */
  const serviceOf = async (toml: Toml): Promise<{ service: TestService; config: string }> => {
    const text = tomlText(toml);
    let shared = services.get(text);
    if (shared === undefined) {
      const config = join(folder, `runtime-${services.size}.toml`);
      shared = { config, starting: writeFile(config, text).then(() => startTestService({}, { config })) };
      services.set(text, shared);
    }
    return { config: shared.config, service: await shared.starting };
  };

  const observe = async (row: Row, toml: Toml, multiprocess: Message): Promise<unknown> => {
    const stage = await serviceOf({ ...USUAL, ...row.beside, ...toml }).catch(refusalOf);
    // A service that does not start has that for an effect.
    if (typeof stage === 'string') return stage;
    const { service, config } = stage;
    const client = new WireClient(service.address, undefined, { 'grpc.max_send_message_length': -1 });
    try {
      return await row.observe({ service, client, multiprocess, config, folder });
    } finally {
      client.close();
    }
  };

  describe.each(rows.map((row) => [row.setting, row] as const))('%s', (setting, row) => {
    const [fileValue, fileEffect] = row.inFile;

    test('by default', async () => {
      expect(await observe(row, {}, {})).toEqual(row.byDefault);
    });

    test(`${JSON.stringify(fileValue)} in runtime.toml`, async () => {
      expect(await observe(row, { [setting]: fileValue }, {})).toEqual(fileEffect);
    });

    if (row.inManifest === null) return;
    const [value, effect] = row.inManifest;
    test(`${JSON.stringify(value)} in a manifest, over runtime.toml`, async () => {
      const multiprocess = { [manifestKey(setting)]: value };
      expect(await observe(row, { [setting]: fileValue }, multiprocess)).toEqual(effect);
    });
  });
}

/** The code that a service does not start with. */
function refusalOf(error: unknown): string {
  if (isRemoteMediaError(error)) return error.code;
  throw error;
}

function manifestKey(setting: SettingName): string {
  const key = allSettings().find(({ name }) => name === setting)?.manifestKey;
  if (key === undefined || key === null) throw new Error(`${setting} cannot be set in a manifest`);
  return key;
}

/** Every setting in the table it belongs to. For these types of values, TOML and JSON are the same. */
function tomlText(toml: Toml): string {
  const lines: string[] = [];
  let open = '';
  for (const { name, table, key } of allSettings()) {
    if (toml[name] === undefined) continue;
    if (table !== open) lines.push(`[${table}]`);
    open = table;
    lines.push(`${key} = ${JSON.stringify(toml[name])}`);
  }
  return lines.join('\n');
}
