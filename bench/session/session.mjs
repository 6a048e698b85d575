// What a session's share of the machine costs the service: three Python nodes in a chain on a stream, six edges.
//
// Creating opens the service's four ports too, as it does in a session; creating and removing run off the main thread,
// so beside the time they take stands how late the event loop was meanwhile.
import { availableParallelism, cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Instance } from '@remotemedia/channel';
import { median, quantile } from '../hop/statistics.mjs';
import { Children } from './children.mjs';
import { footprintOf, ownResources } from './footprint.mjs';
import { verdicts } from './goals.mjs';
import { LoopDelay } from './loop-delay.mjs';
import { printTables } from './tables.mjs';

/** Inbox 0 is the service. Each node may get input from outside, the last one gives results. */
const ENDS = [
  [0, 1],
  [0, 2],
  [0, 3],
  [1, 2],
  [2, 3],
  [3, 0],
];
const INBOXES = 4;
const LIMITS = { capacity: 100, maxBytes: 256 * 1024 * 1024, lossless: true };
const ROUNDS = 50;
const WARM_UP = 5;
const FOOTPRINTS = 3;
const PYTHON = fileURLToPath(new URL('../../.venv/bin/python', import.meta.url));

/** @typedef {{ createMs: number, portsMs: number, childrenMs: number | null, closeMs: number, totalMs: number }} Round */
/** @typedef {{ p50: number, p99: number }} Spread */
/** @typedef {Record<'createMs' | 'portsMs' | 'closeMs' | 'totalMs', Spread> & { childrenMs: Spread | null }} Times */
/** @typedef {{ alone: Measured, withChildren: Measured }} Both */
/** @typedef {{ times: Times, delay: import('./loop-delay.mjs').Delay }} Measured */

const EDGES = ENDS.map(([from = 0, to = 0]) => ({ from, to, ...LIMITS }));
const PARTS = [1, 2, 3].map((inbox) => ({
  inbox,
  senders: EDGES.flatMap(({ from }, edge) => (from === inbox ? [edge] : [])),
  receivers: EDGES.flatMap(({ to }, edge) => (to === inbox ? [edge] : [])),
}));

/** @param {import('../main.mjs').BenchOptions} options */
export async function run({ json, quick }) {
  const rounds = quick ? ROUNDS / 10 : ROUNDS;
  const instance = await Instance.open();
  const children = new Children(PYTHON, PARTS);
  try {
    process.stderr.write(`${rounds} sessions without children, then with three\n`);
    for (let round = 0; round < WARM_UP; round += 1) await session(instance, children);
    const loopDelay = await LoopDelay.calibrate();
    const alone = await measure(instance, null, rounds, loopDelay);
    const withChildren = await measure(instance, children, rounds, loopDelay);
    const footprint = await measureFootprint(instance);
    const goals = verdicts({ alone, withChildren });
    const machine = { cpu: cpus()[0]?.model ?? 'unknown', cores: availableParallelism(), node: process.version };
    const idle = loopDelay.idle;
    if (json)
      console.log(JSON.stringify({ bench: 'session', machine, rounds, footprint, idle, alone, withChildren, goals }));
    else printTables({ machine, rounds, footprint, idle, alone, withChildren, goals });
  } finally {
    await children.stop();
    await instance.close();
  }
}

/** @param {Instance} instance @param {Children | null} children @param {number} rounds @param {LoopDelay} loopDelay @returns {Promise<Measured>} */
async function measure(instance, children, rounds, loopDelay) {
  /** @type {Round[]} */
  const all = [];
  const delay = await loopDelay.measure(async () => {
    for (let round = 0; round < rounds; round += 1) all.push(await session(instance, children));
  });
  /** @param {(round: Round) => number} of @returns {Spread} */
  const spread = (of) => ({ p50: median(all.map(of)), p99: quantile(all.map(of), 0.99) });
  return {
    times: {
      createMs: spread((round) => round.createMs),
      portsMs: spread((round) => round.portsMs),
      childrenMs: children === null ? null : spread((round) => round.childrenMs ?? Number.NaN),
      closeMs: spread((round) => round.closeMs),
      totalMs: spread((round) => round.totalMs),
    },
    delay,
  };
}

/** Creates, opens and closes one session's domain. @param {Instance} instance @param {Children | null} children @returns {Promise<Round>} */
async function session(instance, children) {
  const started = performance.now();
  const domain = await instance.createDomain({ inboxes: INBOXES, edges: EDGES });
  const created = performance.now();
  const ports = openPorts(domain);
  const opened = performance.now();
  // The slowest child counts: they open at the same time, and the session waits for all.
  const childrenMs = children === null ? null : Math.max(...(await children.open(domain)));
  await children?.close();
  const closing = performance.now();
  for (const port of ports) port.close();
  await domain.close();
  const closed = performance.now();
  const [createMs, portsMs, closeMs] = [created - started, opened - created, closed - closing];
  return { createMs, portsMs, childrenMs, closeMs, totalMs: createMs + portsMs + (childrenMs ?? 0) + closeMs };
}

/** @param {import('@remotemedia/channel').Domain} domain */
function openPorts(domain) {
  const ports = EDGES.flatMap(({ from, to }, edge) => [
    ...(from === 0 ? [domain.openSender(edge)] : []),
    ...(to === 0 ? [domain.openReceiver(edge)] : []),
  ]);
  domain.listen(() => undefined);
  return ports;
}

/** Apart from the timed rounds, since looking blocks the main thread. @param {Instance} instance */
async function measureFootprint(instance) {
  /** @type {import('./footprint.mjs').Footprint[]} */
  const seen = [];
  for (let round = 0; round < FOOTPRINTS; round += 1) {
    const before = ownResources();
    const domain = await instance.createDomain({ inboxes: INBOXES, edges: EDGES });
    openPorts(domain);
    seen.push(footprintOf(domain, before));
    await domain.close();
  }
  /** @param {keyof import('./footprint.mjs').Footprint} key */
  const middle = (key) => median(seen.map((footprint) => footprint[key]));
  return {
    files: middle('files'),
    segments: middle('segments'),
    committedBytes: middle('committedBytes'),
    descriptors: middle('descriptors'),
    mappings: middle('mappings'),
  };
}
