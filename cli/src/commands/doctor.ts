import { runtimeDirectory } from '@remotemedia/server/admin';
import { z } from 'zod';
import { CONFIG_OPTION, defineCommand, JSON_OPTION } from '../command.js';
import { configPath } from '../config-path.js';
import { EXIT } from '../exit-codes.js';
import { findServices } from '../ps/find-services.js';
import { type TextOutput, writeJson } from '../terminal.js';

const MAX_PORT = 65_535;
const MARKS = { ok: 'ok  ', warn: 'warn', fail: 'FAIL' } as const;

export const doctor = defineCommand({
  path: ['doctor'],
  summary: 'check everything that a service needs, with a remedy for each fault',
  details: [
    'Looks at Node.js, the native channel and whether Python has the same, the interpreter and its SDK, node modules, environments of node types, shared memory, open files, the kernel, the runtime directory, what dead services left behind, the port, and runtime.toml. It changes nothing.',
    'The exit code is 0 when nothing failed; a warning is no failure.',
  ],
  arguments: [],
  options: [
    CONFIG_OPTION,
    { flags: '--host <host>', summary: 'address that the service will listen on', default: '127.0.0.1' },
    { flags: '--port <port>', summary: 'port that the service will listen on', default: '50051' },
    JSON_OPTION,
  ],
  examples: [['remotemedia doctor --config runtime.toml', 'before the first start, or when something is odd']],
  input: z.object({
    config: z.string().optional(),
    host: z.string().min(1, 'expected a host name or address'),
    port: z.coerce.number('expected a number').int('expected a whole number').min(0).max(MAX_PORT),
    json: z.boolean().default(false),
  }),
  async run({ config = null, host, port, json }, { stdout, env }) {
    const directory = runtimeDirectory(env);
    const { services } = await findServices(directory);
    const ownAddresses = services.flatMap(({ answer }) =>
      answer.kind === 'status' ? [answer.status.service.address] : [],
    );
    const { examine } = await import('@remotemedia/server/doctor');
    const checks = await examine({ config: configPath(config), host, port, runtimeDirectory: directory, ownAddresses });
    const failed = checks.filter(({ status }) => status === 'fail').length;
    if (json) writeJson(stdout, { ok: failed === 0, checks });
    else showChecks(checks, stdout);
    return failed === 0 ? EXIT.ok : EXIT.checkFailed;
  },
});

type Checks = Awaited<ReturnType<typeof import('@remotemedia/server/doctor').examine>>;

function showChecks(checks: Checks, stdout: TextOutput): void {
  const width = Math.max(...checks.map(({ name }) => name.length));
  for (const { name, status, message, remedy, details } of checks) {
    stdout.write(`${MARKS[status]}  ${name.padEnd(width)}  ${message}\n`);
    for (const line of details) stdout.write(`${' '.repeat(6)}${line}\n`);
    if (remedy !== null) stdout.write(`${' '.repeat(6)}fix: ${remedy}\n`);
  }
  const count = (wanted: string): number => checks.filter(({ status }) => status === wanted).length;
  stdout.write(`\n${count('ok')} ok, ${count('warn')} warnings, ${count('fail')} failures\n`);
}
