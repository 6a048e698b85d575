// What our clients add to gRPC's own: the same calls to the same service through both, in turns.
import { execFile } from 'node:child_process';
import { availableParallelism, cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { median } from '../hop/statistics.mjs';
import { ServiceProcess } from '../service.mjs';
import { BareNode, OwnNode } from './node-clients.mjs';

const PYTHON = fileURLToPath(new URL('../../.venv/bin/python', import.meta.url));
const SCRIPT = fileURLToPath(new URL('python_clients.py', import.meta.url));
/** Calls in a row through one client, before it is the other's turn. */
const BATCH = 50;
const ROUNDS = 40;
const LIMIT = 1.15;

export const CALLS = /** @type {const} */ (['version', 'execute', 'stream']);

/** @typedef {Record<typeof CALLS[number], number>} Medians milliseconds of one call */
/** @typedef {{ bare: Medians, own: Medians }} Pair */
/** @typedef {{ version(): Promise<void>, execute(): Promise<void>, open(): Promise<void>, frame(): Promise<void>, close(): Promise<void> }} BenchClient */

/** @param {import('../main.mjs').BenchOptions} options */
export async function run({ json, quick }) {
  const rounds = quick ? ROUNDS / 10 : ROUNDS;
  const service = await ServiceProcess.start();
  try {
    process.stderr.write(`${rounds} times ${BATCH} calls of each kind through each client\n`);
    const node = await measure(new BareNode(service.address), new OwnNode(service.address), rounds);
    const { stdout } = await promisify(execFile)(PYTHON, [SCRIPT, service.address, String(rounds), String(BATCH)]);
    /** @type {Pair} */
    const python = JSON.parse(stdout);
    const goals = [...verdicts('Node.js', node), ...verdicts('Python', python)];
    const machine = { cpu: cpus()[0]?.model ?? 'unknown', cores: availableParallelism(), node: process.version };
    if (json) console.log(JSON.stringify({ bench: 'clients', machine, rounds, batch: BATCH, node, python, goals }));
    else print({ machine, node, python, goals });
  } finally {
    await service.stop();
  }
}

/** @param {BenchClient} bare @param {BenchClient} own @param {number} rounds @returns {Promise<Pair>} */
async function measure(bare, own, rounds) {
  const clients = { bare, own };
  /** @type {Record<'bare' | 'own', Record<typeof CALLS[number], number[]>>} */
  const times = { bare: { version: [], execute: [], stream: [] }, own: { version: [], execute: [], stream: [] } };
  for (const client of Object.values(clients)) await client.open();
  // The first round is for the compiler.
  for (let round = 0; round <= rounds; round += 1) {
    for (const name of /** @type {const} */ (['bare', 'own'])) {
      const client = clients[name];
      for (const [call, act] of /** @type {const} */ ([
        ['version', () => client.version()],
        ['execute', () => client.execute()],
        ['stream', () => client.frame()],
      ])) {
        for (let index = 0; index < BATCH; index += 1) {
          const started = performance.now();
          await act();
          if (round > 0) times[name][call].push(performance.now() - started);
        }
      }
    }
  }
  for (const client of Object.values(clients)) await client.close();
  /** @param {'bare' | 'own'} name @returns {Medians} */
  const medians = (name) => ({
    version: median(times[name].version),
    execute: median(times[name].execute),
    stream: median(times[name].stream),
  });
  return { bare: medians('bare'), own: medians('own') };
}

/** @param {string} language @param {Pair} pair @returns {import('../hop/goals.mjs').Verdict[]} */
function verdicts(language, { bare, own }) {
  return CALLS.map((call) => {
    const value = own[call] / bare[call];
    return { goal: `${language}, ${call}: ours over gRPC's own (median)`, limit: LIMIT, value, met: value <= LIMIT };
  });
}

/** @param {{ machine: { cpu: string, cores: number, node: string }, node: Pair, python: Pair, goals: import('../hop/goals.mjs').Verdict[] }} results */
function print({ machine, node, python, goals }) {
  console.log(`\n${machine.cpu}, ${machine.cores} cores, Node ${machine.node}; milliseconds of one call, median\n`);
  console.log(`${''.padEnd(30)}${CALLS.map((call) => call.padStart(12)).join('')}`);
  for (const [label, medians] of /** @type {const} */ ([
    ['grpc-js', node.bare],
    ['@remotemedia/client', node.own],
    ['grpcio', python.bare],
    ['remotemedia.client', python.own],
  ])) {
    console.log(`${label.padEnd(30)}${CALLS.map((call) => medians[call].toFixed(3).padStart(12)).join('')}`);
  }
  console.log('');
  for (const { goal, value, limit, met } of goals)
    console.log(`${met ? 'met   ' : 'MISSED'} ${goal}: ${value.toFixed(2)} (at most ${limit})`);
}
