import { readFile } from 'node:fs/promises';
import { explainConfig, parseRuntimeToml, resolveConfig } from '@remotemedia/contract';
import { z } from 'zod';
import { CONFIG_OPTION, defineCommand, JSON_OPTION } from '../command.js';
import { EXIT } from '../exit-codes.js';
import { readManifest } from '../manifest-file.js';
import { fileError } from '../media/input-file.js';
import { writeJson } from '../terminal.js';

export const configExplain = defineCommand({
  path: ['config', 'explain'],
  summary: 'show every setting, its value, and where the value comes from',
  details: ["The manifest's own settings come first, then runtime.toml, then the defaults."],
  arguments: [{ name: 'manifest', summary: 'JSON or YAML file whose settings count too', required: false }],
  options: [CONFIG_OPTION, JSON_OPTION],
  examples: [['remotemedia config explain pipeline.json --config runtime.toml', 'what this pipeline would run with']],
  input: z.object({
    manifest: z.string().optional(),
    config: z.string().optional(),
    json: z.boolean().default(false),
  }),
  async run({ manifest: manifestPath, config: configPath, json }, { stdout }) {
    const toml = configPath === undefined ? {} : parseRuntimeToml(await readConfig(configPath));
    const overrides =
      manifestPath === undefined ? {} : (await readManifest(manifestPath)).manifest.metadata.multiprocess;
    const settings = explainConfig(resolveConfig({ toml, manifest: overrides }));
    if (json) writeJson(stdout, { settings });
    else for (const { name, value, layer } of settings) stdout.write(`${name} = ${JSON.stringify(value)} (${layer})\n`);
    return EXIT.ok;
  },
});

async function readConfig(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw fileError('read', path, error);
  }
}
