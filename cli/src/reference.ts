import type { Command, OptionText } from './command.js';
import { EXIT_MEANINGS } from './exit-codes.js';

/** The text of docs/reference/cli.md; a test holds the file to it. */
export function renderReference(commands: readonly Command[]): string {
  return [
    '# The command line',
    '',
    '<!-- Made from the commands themselves: `npm test -- vitest` fails when it is stale, `npx vitest run cli/src/reference.test.ts --update` writes it. -->',
    '',
    '`npx remotemedia COMMAND` in the repository, after `npm run setup`. Results go to stdout; progress, warnings and errors go to stderr. With `--json` everything on stdout is JSON, errors included.',
    '',
    ...commands.flatMap(renderCommand),
    '## Exit codes',
    '',
    '| code | meaning |',
    '|---|---|',
    ...EXIT_MEANINGS.map(([code, meaning]) => `| ${code} | ${meaning} |`),
    '',
  ].join('\n');
}

function renderCommand(command: Command): string[] {
  const words = command.arguments.map(({ name, required }) =>
    required ? ` ${name.toUpperCase()}` : ` [${name.toUpperCase()}]`,
  );
  return [
    `## remotemedia ${command.path.join(' ')}${words.join('')}`,
    '',
    `${capitalized(command.summary)}.`,
    '',
    ...command.details.flatMap((paragraph) => [paragraph, '']),
    '| | |',
    '|---|---|',
    ...command.arguments.map(({ name, summary }) => `| \`${name.toUpperCase()}\` | ${cell(summary)} |`),
    ...command.options.map((option) => `| \`${option.flags}\` | ${cell(optionText(option))} |`),
    '',
    ...command.examples.flatMap(([line, what]) => ['```sh', `${line}   # ${what}`, '```', '']),
  ];
}

function optionText({ summary, choices, default: fallback }: OptionText): string {
  const one = choices === undefined ? '' : `; one of ${choices.join(', ')}`;
  const value = fallback === undefined ? '' : `; default \`${fallback}\``;
  return `${summary}${one}${value}`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
