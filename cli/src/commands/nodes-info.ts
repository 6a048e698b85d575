import { z } from 'zod';
import { CONFIG_OPTION, defineCommand, JSON_OPTION } from '../command.js';
import { EXIT } from '../exit-codes.js';
import { nodeTypesOf } from '../node-types.js';
import { nodeText } from '../report/node-text.js';
import { withService } from '../service.js';
import { writeJson } from '../terminal.js';
import { UsageError } from '../usage-error.js';

export const nodesInfo = defineCommand({
  path: ['nodes', 'info'],
  summary: 'show one node type: its data, its parameters, what it needs',
  details: [],
  arguments: [{ name: 'type', summary: 'name of a node type', required: true }],
  options: [CONFIG_OPTION, JSON_OPTION],
  examples: [['remotemedia nodes info AudioChunkerNode', 'its parameters, their types and defaults']],
  input: z.object({ type: z.string(), config: z.string().optional(), json: z.boolean().default(false) }),
  async run({ type, config, json }, terminal) {
    const node = await withService({ configPath: config ?? null, logLevel: 'error' }, terminal, async (service) => {
      const found = (await nodeTypesOf(service)).find((each) => each.type === type || each.aliases.includes(type));
      if (found === undefined) {
        const { message, hint } = service.catalog.explainUnknown(type);
        throw new UsageError(message, hint ?? 'see `remotemedia nodes list`');
      }
      return found;
    });
    if (json) writeJson(terminal.stdout, node);
    else terminal.stdout.write(`${nodeText(node).join('\n')}\n`);
    return EXIT.ok;
  },
});
