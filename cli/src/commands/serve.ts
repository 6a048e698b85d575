import { z } from 'zod';
import { CONFIG_OPTION, defineCommand } from '../command.js';
import { EXIT } from '../exit-codes.js';
import { LOG_FORMAT_OPTION, LOG_LEVEL_OPTION, logFormat, logLevel } from '../log-options.js';
import { startService, toEventLine } from '../service.js';
import { writeJson } from '../terminal.js';

const MAX_PORT = 65_535;

const input = z.object({
  host: z.string().min(1, 'expected a host name or address'),
  port: z.coerce
    .number('expected a number')
    .int('expected a whole number')
    .min(0, 'expected 0 or more')
    .max(MAX_PORT, `expected ${MAX_PORT} or less`),
  config: z.string().optional(),
  insecure: z.boolean().default(false),
  logLevel: logLevel.optional(),
  logFormat,
  json: z.boolean().default(false),
});

export const serve = defineCommand({
  path: ['serve'],
  summary: 'run the service until it is told to stop',
  details: [
    'Prints `listening on HOST:PORT` on stdout once it can take sessions; log lines go to stderr.',
    'SIGINT, SIGTERM and SIGHUP drain it: no new sessions, running ones finish (for as long as service.drain_timeout_secs), then exit code 0. A second signal kills what runs and ends it at once.',
  ],
  arguments: [],
  options: [
    { flags: '--host <host>', summary: 'address to listen on', default: '127.0.0.1' },
    { flags: '--port <port>', summary: 'port to listen on; 0 picks a free one', default: '50051' },
    CONFIG_OPTION,
    {
      flags: '--insecure',
      summary: 'let other machines reach it with neither TLS nor tokens (see docs/guide/security.md)',
    },
    LOG_LEVEL_OPTION,
    LOG_FORMAT_OPTION,
    { flags: '--json', summary: 'print one JSON line per event, the first being `listening`' },
  ],
  examples: [
    ['remotemedia serve', 'listen on 127.0.0.1:50051'],
    ['remotemedia serve --port 0 --json', 'listen on a free port and tell a program which one'],
  ],
  input,
  async run({ host, port, config, insecure, logLevel, logFormat, json }, { stdout, signal, env, onSecondSignal }) {
    const options = { host, port, configPath: config ?? null, logLevel: logLevel ?? null, logFormat, insecure };
    const service = await startService(options, env);
    onSecondSignal(() => service.close({ kill: true }));
    try {
      if (json) writeJson(stdout, { event: 'listening', address: service.address });
      else stdout.write(`listening on ${service.address}\n`);
      if (json) service.events.subscribe((event) => writeJson(stdout, toEventLine(event)));
      await untilAborted(signal);
    } finally {
      await service.close({ graceful: true });
    }
    if (json) writeJson(stdout, { event: 'stopped' });
    return EXIT.ok;
  },
});

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
