import type { z } from 'zod';
import type { ExitCode } from './exit-codes.js';
import type { Terminal } from './terminal.js';

/** A word after the command's name. */
export interface ArgumentText {
  readonly name: string;
  readonly summary: string;
  readonly required: boolean;
}

export interface OptionText {
  /** As commander writes them: `-i, --input <node=file>`. */
  readonly flags: string;
  readonly summary: string;
  readonly default?: string;
  readonly choices?: readonly string[];
  /** May be given more than once; the values are collected. */
  readonly repeatable?: true;
}

/** Everything about a command as data: the parser, `--help` and docs/reference/cli.md are made from it. */
export interface CommandText {
  /** The words that call it, for example `nodes`, `list`. */
  readonly path: readonly string[];
  readonly summary: string;
  /** Paragraphs for `--help` and the reference. */
  readonly details: readonly string[];
  readonly arguments: readonly ArgumentText[];
  readonly options: readonly OptionText[];
  /** Command lines, each with what it does. */
  readonly examples: readonly (readonly [command: string, what: string])[];
}

export interface CommandDefinition<Schema extends z.ZodType> extends CommandText {
  /** From commander's strings to typed input; arguments by name, options by their long name in camelCase. */
  readonly input: Schema;
  run(input: z.infer<Schema>, terminal: Terminal): Promise<ExitCode>;
}

/** A command whose input has been made opaque, so that commands of all shapes fit into one list. */
export interface Command extends CommandText {
  readonly input: z.ZodType;
  run(input: unknown, terminal: Terminal): Promise<ExitCode>;
}

/** Ties the type of a command's input to its schema. */
export function defineCommand<Schema extends z.ZodType>(definition: CommandDefinition<Schema>): Command {
  return {
    ...definition,
    run: (input, terminal) => definition.run(definition.input.parse(input), terminal),
  };
}

/** Every command has it, so that a program can use what a person uses. */
export const JSON_OPTION: OptionText = { flags: '--json', summary: 'print JSON instead of text' };

export const CONFIG_OPTION: OptionText = {
  flags: '--config <file>',
  summary: 'settings of the service (default: runtime.toml of the current folder, if there is one)',
};

export const ADDRESS_OPTION: OptionText = {
  flags: '--address <host:port>',
  summary: 'a running service; without it one is started for this command alone',
};

export const INSTANCE_OPTION: OptionText = {
  flags: '--instance <id>',
  summary: 'one service, by the first characters of its instance id',
};
