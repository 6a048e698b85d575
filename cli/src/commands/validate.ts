import { isRemoteMediaError } from '@remotemedia/contract';
import type { Conversion, NodeGaps } from '@remotemedia/server';
import { z } from 'zod';
import { CONFIG_OPTION, defineCommand, JSON_OPTION } from '../command.js';
import { EXIT } from '../exit-codes.js';
import { readManifest } from '../manifest-file.js';
import { renderError } from '../render-error.js';
import { withService } from '../service.js';
import { writeJson } from '../terminal.js';

export const validate = defineCommand({
  path: ['validate'],
  summary: 'check a manifest without running it',
  details: [
    'Checks what the service checks before it starts anything: schema, node types, parameters, connections, data types, limits. All problems are reported at once, each with its path.',
    'A valid manifest may name nodes that lack something on this machine: a package, a program, weights. That is a warning, with what closes the gap; running it would be an error.',
    'With auto_convert, a line for each connection tells how audio is converted on its way.',
  ],
  arguments: [{ name: 'manifest', summary: 'JSON or YAML file', required: true }],
  options: [CONFIG_OPTION, JSON_OPTION],
  examples: [['remotemedia validate pipeline.json', 'print every problem, or that there is none']],
  input: z.object({ manifest: z.string(), config: z.string().optional(), json: z.boolean().default(false) }),
  async run({ manifest: path, config, json }, terminal) {
    const { stdout, stderr } = terminal;
    try {
      const { text, manifest } = await readManifest(path);
      const options = { configPath: config ?? null, logLevel: 'error' } as const;
      const { warnings, gaps, gapTexts, conversions, conversionTexts } = await withService(
        options,
        terminal,
        async (service) => {
          const checked = service.validate(text);
          const { conversionText, gapText, remedyText } = await import('@remotemedia/server');
          const found = await service.findGaps(checked);
          const texts = found.map((each) => `${gapText(each)}\n  ${remedyText([each])}`);
          const plan = service.planConversions(checked);
          return {
            warnings: checked.warnings,
            gaps: found.map(toGapJson),
            gapTexts: texts,
            conversions: plan.map(toConversionJson),
            conversionTexts: plan.map(conversionText),
          };
        },
      );
      if (json) writeJson(stdout, { valid: true, warnings, gaps, conversions });
      else {
        for (const warning of warnings) stderr.write(`warning: ${warning}\n`);
        for (const text of gapTexts) stderr.write(`warning: ${text}\n`);
        for (const text of conversionTexts) stdout.write(`converts ${text}\n`);
        stdout.write(
          `${path} is valid: ${count(manifest.nodes.length, 'node')}, ${count(manifest.connections.length, 'connection')}\n`,
        );
      }
      return EXIT.ok;
    } catch (error) {
      // An invalid manifest is this command's result, not its failure.
      if (!json || !isRemoteMediaError(error) || !error.code.startsWith('manifest.')) throw error;
      const { json: facts, exitCode } = renderError(error);
      writeJson(stdout, { valid: false, error: facts });
      return exitCode;
    }
  },
});

function toConversionJson({ from, to, node, given, accepted }: Conversion): object {
  return { from, to, node, given, accepted };
}

function toGapJson({ nodeId, type, gaps }: NodeGaps): object {
  return { node_id: nodeId, type, gaps };
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
