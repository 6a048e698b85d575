// One session that is flooded: a client that writes as fast as it can, and a node that takes its time.
import { connect } from '@remotemedia/client';
import { readMemory } from './memory.mjs';

const SIZE = 4096;
const PATTERNS = 251;
const CAPACITY = 100;
const SAMPLE_MS = 1000;
const MIB = 1024 * 1024;

/** Every kind of connection that there is between two nodes. */
export const CHAIN = /** @type {const} */ ([
  ['in', 'PassThrough'],
  ['native', 'PassThrough'],
  ['relay', 'HandOnNode'],
  ['pace', 'PaceNode'],
  ['out', 'PassThrough'],
]);

/**
 * @typedef {{ from: string, to: string, sent: number, received: number, dropped: number }} Connection
 * @typedef {{
 *   backpressure: boolean, messages: number, seconds: number, writtenIn: number,
 *   results: number, inOrder: boolean, taken: number, missed: number, broken: number,
 *   connections: Connection[], reports: number,
 *   startBytes: number, mostBytes: number, endBytes: number,
 * }} Flood
 */

/** @param {boolean} backpressure @param {number} delayMs */
function manifest(backpressure, delayMs) {
  return {
    version: 'v1',
    metadata: {
      name: 'flood',
      multiprocess: { channel_capacity: CAPACITY, enable_backpressure: backpressure },
    },
    nodes: CHAIN.map(([id, node_type]) => ({
      id,
      node_type,
      params: id === 'pace' ? { delay_ms: delayMs, size: SIZE } : {},
    })),
    connections: CHAIN.slice(1).map(([to], index) => ({ from: CHAIN[index]?.[0], to })),
  };
}

/** @param {number} number */
function messageOf(number) {
  const data = Buffer.alloc(SIZE, number % PATTERNS);
  data.writeBigUInt64LE(BigInt(number));
  return /** @type {const} */ ({ kind: 'binary', data, mimeType: '', metadata: {} });
}

/**
 * @param {import('../service.mjs').ServiceProcess} service
 * @param {{ backpressure: boolean, messages: number, delayMs: number, onProgress: (done: number, grownBytes: number) => void }} options
 * @returns {Promise<Flood>}
 */
export async function flood(service, { backpressure, messages, delayMs, onProgress }) {
  const client = connect(service.address);
  const stream = client.stream(manifest(backpressure, delayMs));
  const seen = { results: 0, inOrder: true, last: { number: -1, taken: 0, missed: 0, broken: 0 } };
  const memory = { startBytes: 0, mostBytes: 0, endBytes: 0 };
  const sample = () => {
    memory.endBytes = readMemory(service.pid).total;
    memory.mostBytes = Math.max(memory.mostBytes, memory.endBytes);
    onProgress(seen.results, memory.endBytes - memory.startBytes);
  };
  /** @type {Promise<number> | null} */
  let writing = null;
  /** @type {NodeJS.Timeout | null} */
  let sampling = null;
  /** @type {Connection[]} */
  let connections = [];
  let reports = 0;
  const startedMs = performance.now();
  try {
    for await (const event of stream) {
      if (event.type === 'ready') {
        memory.startBytes = readMemory(service.pid).total;
        sampling = setInterval(sample, SAMPLE_MS);
        writing = write(stream, messages);
      } else if (event.type === 'result') {
        const { sequence, data } = event;
        if (data.kind !== 'json') throw new Error(`a result of kind ${data.kind}`);
        const last = JSON.parse(data.jsonPayload);
        const isNext =
          last.number === sequence && (backpressure ? sequence === seen.results : sequence > seen.last.number);
        seen.inOrder &&= isNext;
        seen.results += 1;
        seen.last = last;
      } else if (event.type === 'metrics') {
        reports += 1;
      } else if (event.type === 'closed') {
        connections = event.metrics?.connections ?? [];
      }
    }
    sample();
    const { taken, missed, broken } = seen.last;
    const { results, inOrder } = seen;
    const seconds = (performance.now() - startedMs) / 1000;
    const writtenIn = (await writing) ?? 0;
    const counted = { results, inOrder, taken, missed, broken };
    return { backpressure, messages, seconds, writtenIn, ...counted, connections, reports, ...memory };
  } finally {
    if (sampling !== null) clearInterval(sampling);
    client.close();
  }
}

/** Resolves with the seconds that writing took. @param {import('@remotemedia/client').PipelineStream} stream @param {number} messages */
async function write(stream, messages) {
  const startedMs = performance.now();
  for (let number = 0; number < messages; number += 1) await stream.send({ nodeId: 'in', data: messageOf(number) });
  stream.close();
  return (performance.now() - startedMs) / 1000;
}

/** @param {number} bytes */
export const mib = (bytes) => bytes / MIB;
