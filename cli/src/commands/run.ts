import type { ClientOptions } from '@remotemedia/client';
import { z } from 'zod';
import { ACCESS_OPTIONS, accessInput, readAccess } from '../access-options.js';
import { ADDRESS_OPTION, CONFIG_OPTION, defineCommand } from '../command.js';
import { EXIT } from '../exit-codes.js';
import { LOG_LEVEL_OPTION, logLevel } from '../log-options.js';
import { readManifest } from '../manifest-file.js';
import { parseNodeFiles } from '../media/node-file.js';
import { jsonReport } from '../report/json-report.js';
import { textReport } from '../report/text-report.js';
import { checkNodeFiles } from '../run/check-node-files.js';
import { runPipeline } from '../run/run-pipeline.js';
import { withService } from '../service.js';

const input = z.object({
  manifest: z.string(),
  input: z.array(z.string()).default([]),
  output: z.array(z.string()).default([]),
  address: z.string().optional(),
  ...accessInput,
  config: z.string().optional(),
  // What goes wrong is shown by the command itself; the log would say it a second time.
  logLevel: logLevel.default('silent'),
  json: z.boolean().default(false),
});

export const run = defineCommand({
  path: ['run'],
  summary: 'run a pipeline on files',
  details: [
    'Starts a service for this run alone, or uses a running one (`--address`).',
    'Input files: .wav is sent as audio in pieces, .txt, .md, .srt and .vtt as text, .json as JSON, anything else as binary data.',
    'Output files: audio becomes WAV, text and JSON one line per result, other data its raw bytes. Text results without a file go to stdout. A file gets its name only when the run has succeeded.',
    'Ctrl-C cancels the run and everything it started.',
  ],
  arguments: [{ name: 'manifest', summary: 'JSON or YAML file', required: true }],
  options: [
    { flags: '-i, --input <node=file>', summary: 'send a file to a node (repeatable)', repeatable: true },
    { flags: '-o, --output <node=file>', summary: "write a node's results to a file (repeatable)", repeatable: true },
    ADDRESS_OPTION,
    ...ACCESS_OPTIONS,
    CONFIG_OPTION,
    { ...LOG_LEVEL_OPTION, summary: "what the run's own service logs (default: silent)" },
    { flags: '--json', summary: 'print one JSON line per event, the last being `done` or `error`' },
  ],
  examples: [
    ['remotemedia run pipeline.json -i chunker=speech.wav', 'print the text that comes out'],
    ['remotemedia run pipeline.yaml -i in=speech.wav -o tts=reply.wav', 'keep the audio that comes out'],
  ],
  input,
  async run(options, terminal) {
    const { text, manifest } = await readManifest(options.manifest);
    const inputs = parseNodeFiles('-i', options.input);
    const outputs = parseNodeFiles('-o', options.output);
    checkNodeFiles(manifest, inputs, outputs);
    const report = options.json ? jsonReport(terminal) : textReport(terminal);
    const start = (address: string, access: ClientOptions): Promise<void> =>
      runPipeline({ address, access, manifest: text, inputs, outputs, report, signal: terminal.signal });
    try {
      if (options.address !== undefined) await start(options.address, await readAccess(options, terminal.env));
      else {
        const { config = null, logLevel } = options;
        await withService({ configPath: config, logLevel }, terminal, (service, token) =>
          start(service.address, { token }),
        );
      }
    } finally {
      report.close();
    }
    return EXIT.ok;
  },
});
