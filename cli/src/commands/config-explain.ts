import { type ExplainedSetting, explainConfig, resolveConfig } from '@remotemedia/contract';
import { loadConfig } from '@remotemedia/server/config';
import { z } from 'zod';
import { CONFIG_OPTION, defineCommand, JSON_OPTION } from '../command.js';
import { configPath } from '../config-path.js';
import { EXIT } from '../exit-codes.js';
import { readManifest } from '../manifest-file.js';
import { writeJson } from '../terminal.js';
import { textTable } from '../text-table.js';

export const configExplain = defineCommand({
  path: ['config', 'explain'],
  summary: 'show every setting, its value, and where the value comes from',
  details: [
    "The manifest's own settings come first, then runtime.toml, then the defaults.",
    'Paths are shown as the service uses them: relative ones start from the folder of runtime.toml.',
  ],
  arguments: [{ name: 'manifest', summary: 'JSON or YAML file whose settings count too', required: false }],
  options: [CONFIG_OPTION, JSON_OPTION],
  examples: [
    ['remotemedia config explain', 'what a service would run with that is started here'],
    ['remotemedia config explain pipeline.json --config runtime.toml', 'what this pipeline would run with'],
  ],
  input: z.object({
    manifest: z.string().optional(),
    config: z.string().optional(),
    json: z.boolean().default(false),
  }),
  async run({ manifest: manifestPath, config, json }, { stdout, stderr }) {
    const { toml, baseDirectory, path } = await loadConfig(configPath(config), process.cwd());
    const manifest = manifestPath === undefined ? null : (await readManifest(manifestPath)).manifest;
    const overrides = manifest?.metadata.multiprocess ?? {};
    const settings = explainConfig(resolveConfig({ toml, manifest: overrides, baseDirectory }));
    const warnings = manifest?.warnings ?? [];
    if (json) writeJson(stdout, { file: path, settings, warnings });
    else {
      for (const warning of warnings) stderr.write(`warning: ${warning}\n`);
      stdout.write(textTable(['SETTING', 'VALUE', 'FROM'], settings.map(rowOf)));
      stdout.write(`runtime.toml: ${path ?? 'none'}\n`);
    }
    return EXIT.ok;
  },
});

function rowOf({ name, value, unit, layer }: ExplainedSetting): string[] {
  if (value === null) return [name, 'none', layer];
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return [name, unit === null ? text : `${text} ${unit}`, layer];
}
