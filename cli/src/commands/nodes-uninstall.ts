import { z } from 'zod';
import { CONFIG_OPTION, defineCommand, JSON_OPTION } from '../command.js';
import { configPath } from '../config-path.js';
import { EXIT } from '../exit-codes.js';
import { writeJson } from '../terminal.js';
import { UsageError } from '../usage-error.js';

export const nodesUninstall = defineCommand({
  path: ['nodes', 'uninstall'],
  summary: 'remove the environment of a Python node type',
  details: ["From then on nodes of the type run in the service's own Python again. Weights in other folders stay."],
  arguments: [{ name: 'type', summary: 'name of a Python node type', required: true }],
  options: [CONFIG_OPTION, JSON_OPTION],
  examples: [['remotemedia nodes uninstall WhisperNode', 'its packages, and weights that came in packages']],
  input: z.object({ type: z.string().min(1), config: z.string().optional(), json: z.boolean().default(false) }),
  async run({ type, config, json }, { stdout }) {
    const { uninstallEnvironment } = await import('@remotemedia/server/environments');
    const fault = await uninstallEnvironment(configPath(config), type);
    if (fault !== null) throw new UsageError(fault, '`remotemedia doctor` lists the environments');
    if (json) writeJson(stdout, { status: 'uninstalled', type });
    else stdout.write(`removed the environment of ${type}\n`);
    return EXIT.ok;
  },
});
