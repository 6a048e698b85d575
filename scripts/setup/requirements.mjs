// What must be on the machine before set-up can build anything, and how to get it where it is not.
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { firstLine } from '../command.mjs';

/**
 * @typedef {object} Tools programs that set-up runs
 * @property {string} python
 * @property {string} cargo
 *
 * @typedef {object} Missing
 * @property {string} what
 * @property {string} found what is there instead
 * @property {string} fix how to get it
 */

const NODE_FLOOR = '20.19';
const PYTHON_FLOOR = '3.11';
const CARGO_FLOOR = '1.89';

/** Newest first after the plain names: those are what the user chose by activating an environment or a shim. */
const PYTHON_NAMES = ['python3', 'python', 'python3.14', 'python3.13', 'python3.12', 'python3.11'];
const PYTHON_QUESTION = 'import sys, venv, ensurepip; print("%d.%d.%d" % sys.version_info[:3])';

/**
 * Looks for everything at once, so that one message names all that is missing.
 * @returns {{ tools: Tools, missing: Missing[] }}
 */
export function findTools() {
  /** @type {Missing[]} */
  const missing = [];
  if (!isAtLeast(process.versions.node, NODE_FLOOR)) {
    missing.push({
      what: `Node.js ${NODE_FLOOR} or newer`,
      found: `Node.js ${process.versions.node}`,
      fix: 'install the current LTS release from https://nodejs.org',
    });
  }
  const python = findPython();
  if (!python.good) {
    missing.push({
      what: `Python ${PYTHON_FLOOR} or newer with venv and pip`,
      found: python.found,
      fix: 'Debian, Ubuntu: apt-get install python3 python3-venv; macOS: brew install python@3.11; others: https://www.python.org/downloads',
    });
  }
  const cargo = findCargo();
  if (!cargo.good) {
    missing.push({
      what: `Rust ${CARGO_FLOOR} or newer (cargo)`,
      found: cargo.found,
      fix: 'install rustup from https://rustup.rs, or run `rustup update` where it is there already',
    });
  }
  if (['cc', 'gcc', 'clang'].every((name) => firstLine(name, ['--version']) === null)) {
    missing.push({
      what: 'a C linker (cc)',
      found: 'none of cc, gcc, clang can be run',
      fix: 'Debian, Ubuntu: apt-get install build-essential; Fedora: dnf install gcc; macOS: xcode-select --install',
    });
  }
  return { tools: { python: python.program, cargo: cargo.program }, missing };
}

function findPython() {
  const seen = [];
  for (const program of PYTHON_NAMES) {
    const version = firstLine(program, ['-c', PYTHON_QUESTION]);
    if (version !== null && isAtLeast(version, PYTHON_FLOOR)) return { good: true, program, found: version };
    const plain = version ?? firstLine(program, ['--version']);
    if (plain !== null) seen.push(`${program}: ${plain}${version === null ? ' without venv or ensurepip' : ''}`);
  }
  return { good: false, program: '', found: seen.length === 0 ? 'no Python on PATH' : seen.join('; ') };
}

function findCargo() {
  // rustup adds its directory to PATH only in shells that were started after it.
  const rustup = join(process.env['CARGO_HOME'] ?? join(homedir(), '.cargo'), 'bin');
  const places = ['cargo', ...(existsSync(join(rustup, 'cargo')) ? [join(rustup, 'cargo')] : [])];
  let found = 'no cargo on PATH';
  for (const program of places) {
    const version = firstLine(program, ['--version'])?.match(/\d+\.\d+\.\d+/)?.[0];
    if (version === undefined) continue;
    if (isAtLeast(version, CARGO_FLOOR)) return { good: true, program, found: version };
    found = `cargo ${version}`;
  }
  return { good: false, program: '', found };
}

/**
 * @param {string} version
 * @param {string} floor
 */
export function isAtLeast(version, floor) {
  const have = version.split('.').map(Number);
  const want = floor.split('.').map(Number);
  for (const [index, number] of want.entries()) {
    const difference = (have[index] ?? 0) - number;
    if (difference !== 0) return difference > 0;
  }
  return true;
}

/** PATH with the directory of the chosen cargo in front: cargo starts rustc by name. @param {Tools} tools */
export function pathWithCargo(tools) {
  const path = process.env['PATH'] ?? '';
  return tools.cargo.includes('/') ? `${join(tools.cargo, '..')}${delimiter}${path}` : path;
}
