import { createRequire } from 'node:module';
import { COMMANDS } from './commands.js';
import type { ExitCode } from './exit-codes.js';
import { runProgram } from './program.js';
import { processTerminal, type Terminal } from './terminal.js';

/** Runs one command line and returns its exit code. */
export function main(args: readonly string[], terminal: Terminal = processTerminal()): Promise<ExitCode> {
  const { version } = createRequire(import.meta.url)('../package.json') as { version: string };
  return runProgram(COMMANDS, version, args, terminal);
}
