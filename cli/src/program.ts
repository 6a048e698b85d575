import { Argument, CommanderError, Option, Command as Parser } from 'commander';
import { z } from 'zod';
import type { Command } from './command.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { renderError } from './render-error.js';
import { type Terminal, writeJson } from './terminal.js';
import { UsageError } from './usage-error.js';

const HELP_WIDTH = 100;

/**
 * Parses a command line and runs the command it names.
 *
 * @param args without the program's own name
 * @returns the exit code; never throws
 */
export async function runProgram(
  commands: readonly Command[],
  version: string,
  args: readonly string[],
  terminal: Terminal,
): Promise<ExitCode> {
  // Known before parsing: a command line that cannot be parsed is also answered in JSON.
  const json = args.includes('--json');
  let exitCode: ExitCode = EXIT.ok;
  const root = createParser('remotemedia', terminal, json)
    .description('Media pipelines over gRPC, with Python nodes in processes of their own.')
    .version(version, '-V, --version', 'print the version');
  const groups = new Map<string, Parser>();
  for (const command of commands) {
    const parser = parserOf(root, groups, command.path, terminal, json);
    describeCommand(parser, command);
    parser.action(async () => {
      exitCode = await command.run(checkedInput(command, parser), terminal);
    });
  }
  try {
    await root.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
    // A command without its sub-command: commander has printed the help, which says it all.
    if (error instanceof CommanderError && error.code === 'commander.help' && !json) return EXIT.usage;
    const { exitCode: code, text, json: facts } = renderError(toUsageError(error));
    if (json) writeJson(terminal.stdout, { event: 'error', ...facts });
    else terminal.stderr.write(`${text}\n`);
    return code;
  }
}

function createParser(name: string, terminal: Terminal, json: boolean): Parser {
  return new Parser(name)
    .exitOverride()
    .showSuggestionAfterError()
    .helpOption('-h, --help', 'print this help')
    .configureHelp({ helpWidth: Math.min(HELP_WIDTH, terminal.stdout.columns) })
    .configureOutput({
      writeOut: (text) => void terminal.stdout.write(text),
      // Help that was not asked for (a command without its sub-command) is an error's text, and JSON has its own.
      writeErr: (text) => void (json || terminal.stderr.write(text)),
      // The message is in the error that commander throws as well, and is rendered there like every other.
      outputError: () => {},
    });
}

/** Makes the parser of `nodes list` below that of `nodes`. */
function parserOf(
  root: Parser,
  groups: Map<string, Parser>,
  path: readonly string[],
  terminal: Terminal,
  json: boolean,
): Parser {
  const [first = '', second] = path;
  const group = groups.get(first);
  const parser = group ?? createParser(first, terminal, json);
  if (group === undefined) {
    groups.set(first, parser);
    root.addCommand(parser);
  }
  if (second === undefined) return parser;
  const child = createParser(second, terminal, json);
  parser.description(GROUP_SUMMARIES[first] ?? '').addCommand(child);
  return child;
}

const GROUP_SUMMARIES: Readonly<Record<string, string>> = {
  nodes: 'what nodes a pipeline can be made of',
  config: 'what the service is set to',
};

function describeCommand(parser: Parser, command: Command): void {
  parser.summary(command.summary).description([command.summary, ...command.details].join('\n\n'));
  for (const { name, summary, required } of command.arguments) {
    parser.addArgument(new Argument(required ? `<${name}>` : `[${name}]`, summary));
  }
  for (const text of command.options) {
    const option = new Option(text.flags, text.summary);
    if (text.default !== undefined) option.default(text.default);
    if (text.choices !== undefined) option.choices([...text.choices]);
    if (text.repeatable) {
      option.argParser((value: string, values: string[] | undefined) => [...(values ?? []), value]);
    }
    parser.addOption(option);
  }
  const examples = command.examples.map(([line, what]) => `  ${line}\n      ${what}`);
  if (examples.length > 0) parser.addHelpText('after', `\nExamples:\n${examples.join('\n')}`);
}

/** Arguments and options as one object, checked by the command's schema. */
function checkedInput(command: Command, parser: Parser): unknown {
  const names = command.arguments.map(({ name }) => name);
  const words = Object.fromEntries(names.map((name, index) => [name, parser.processedArgs[index]]));
  const raw = { ...words, ...parser.opts() };
  const result = command.input.safeParse(raw);
  if (result.success) return raw;
  const [issue] = result.error.issues;
  const name = String(issue?.path[0] ?? '');
  const shown = names.includes(name) ? name : `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  throw new UsageError(`${shown}: ${issue?.message ?? z.prettifyError(result.error)}`, helpHint(command.path));
}

function helpHint(path: readonly string[]): string {
  return `see \`remotemedia ${[...path, '--help'].join(' ')}\``;
}

function toUsageError(error: unknown): unknown {
  if (!(error instanceof CommanderError)) return error;
  // commander writes "error: unknown option '--x'\n(Did you mean --y?)"
  const [message = '', suggestion] = error.message.replace(/^error: /, '').split('\n');
  if (error.code === 'commander.help') return new UsageError('a command is missing', 'see `remotemedia --help`');
  return new UsageError(message, suggestion?.replace(/^\((.*)\)$/, '$1') ?? 'see `remotemedia --help`');
}
