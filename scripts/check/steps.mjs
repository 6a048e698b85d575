// What `npm run check` runs, as data: one step per linter, type checker or rule.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../command.mjs';
import { PYTHON } from '../setup/steps.mjs';

/**
 * @typedef {import('../command.mjs').Command} Command
 * @typedef {{ name: string, command: Command } | { name: string, problems: () => Promise<string[]> }} CheckStep
 */

/** Folders that hold Python; those that are not there yet are left out. */
const PYTHON_FOLDERS = ['python', 'tests', 'bench', 'examples'].filter((folder) => existsSync(join(ROOT, folder)));

/** @param {string} name @param {string[]} args @returns {CheckStep} */
const node = (name, ...args) => ({ name, command: { program: process.execPath, args } });
/** @param {string} name @param {string[]} args @returns {CheckStep} */
const python = (name, ...args) => ({ name, command: { program: PYTHON, args: ['-m', ...args] } });
/** @param {string} name @param {string[]} args @returns {CheckStep} */
const cargo = (name, ...args) => ({ name, command: { program: 'cargo', args, cwd: 'channel' } });

/** The quick ones first. @type {CheckStep[]} */
export const CHECK_STEPS = [
  node('biome', 'node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings'),
  { name: 'import directions', problems: importDirections },
  node('generated code', 'scripts/generate.mjs', '--check'),
  node('tsc', 'node_modules/typescript/bin/tsc', '-b'),
  python('ruff', 'ruff', 'check', ...PYTHON_FOLDERS),
  python('ruff format', 'ruff', 'format', '--check', ...PYTHON_FOLDERS),
  { name: 'mypy', command: { program: PYTHON, args: ['-m', 'mypy', '--strict'], cwd: 'python' } },
  cargo('rustfmt', 'fmt', '--all', '--check'),
  cargo('clippy', 'clippy', '--workspace', '--all-targets', '--locked', '--', '-D', 'warnings'),
];

async function importDirections() {
  // Loaded only now: it needs an npm package, and this file is read before set-up has brought any.
  const { importProblems, readSources } = await import('./imports.mjs');
  return importProblems(readSources(ROOT));
}
