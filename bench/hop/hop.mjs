// One connection, measured beside the bare means it is made of, in the same run.
//
// A hop starts just before a node hands its output on and ends when `process` of the next node is entered, so it holds
// encoding, the copy into shared memory, the wake-up and decoding. Each payload begins with the monotonic clock of its
// start. Paced: one message every two milliseconds, so every receiver sleeps. Saturated: as fast as it goes.
import { availableParallelism, cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { connect } from '@remotemedia/client';
import { createLogger, startService } from '@remotemedia/server';
import { Baseline } from './baseline.mjs';
import { verdicts } from './goals.mjs';
import { median, quantile } from './statistics.mjs';
import { printTables } from './tables.mjs';

const SIZES = [640, 4096, 192 * 1024, 1024 * 1024, 6_220_800];
const PACE_MS = 2;
/** Sent first and not counted, without pauses: pages are made once, and code is compiled when it has run often enough. */
const WARM_UP = 2000;
const LARGE_WARM_UP = 50;

/** @typedef {{ p50Us: number, p99Us: number, messagesPerSecond: number | null }} Figures */
/** @typedef {{ size: number, mode: 'paced' | 'saturated', means: string, figures: Figures }} Row */

/** @param {number} size @param {'paced' | 'saturated'} mode */
function countOf(size, mode) {
  if (mode === 'paced') return size > 2_000_000 ? 200 : 500;
  return Math.max(150, Math.min(10_000, Math.round(1_000_000_000 / size)));
}

/** @param {import('../main.mjs').BenchOptions} options */
export async function run({ json, quick }) {
  const service = await startService({
    port: 0,
    config: {
      multiprocess: { python: { extra_paths: [fileURLToPath(new URL('nodes', import.meta.url))] } },
      native: { modules: [fileURLToPath(new URL('native-nodes.mjs', import.meta.url))] },
    },
    logger: createLogger({ level: 'warn', format: 'text' }),
  });
  const client = connect(service.address);
  const baseline = await Baseline.start(service.python.interpreter?.executable ?? 'python3');
  /** @type {Row[]} */
  const rows = [];
  try {
    for (const mode of /** @type {const} */ (['paced', 'saturated'])) {
      for (const size of SIZES) {
        process.stderr.write(`${mode}, ${size} bytes\n`);
        const count = Math.max(20, Math.round(countOf(size, mode) / (quick ? 10 : 1)));
        const warmUp = size > 100_000 ? LARGE_WARM_UP : WARM_UP;
        const work = { size, count: count + warmUp, warm_up: warmUp, pace_ms: mode === 'paced' ? PACE_MS : 0 };
        /** @param {string} means @param {Measured} measured */
        const add = (means, measured) => {
          rows.push({ size, mode, means, figures: figuresOf(measured, warmUp, mode) });
        };
        if (mode === 'paced') add('bare wake-up', await baseline.measure('wake_up', work));
        add('Pipe', await baseline.measure('pipe', work));
        add('memcpy', await baseline.measure('memcpy', { ...work, count: warmUp + 200 }));
        for (const [means, measured] of await measurePython(client, work)) add(means, measured);
        for (const [means, measured] of await measureNative(client, work)) add(means, measured);
      }
    }
  } finally {
    client.close();
    await baseline.stop();
    await service.close();
  }
  const goals = verdicts(rows);
  const machine = { cpu: cpus()[0]?.model ?? 'unknown', cores: availableParallelism(), node: process.version };
  if (json) console.log(JSON.stringify({ bench: 'hop', machine, rows, goals }));
  else printTables(rows, goals, machine);
}

/** @typedef {{ latencies_ns: number[], started_ns: number, ended_ns: number }} Measured */
/** @typedef {{ size: number, count: number, warm_up: number, pace_ms: number }} Work */

/** Native source → Python node → Python node; the hop between the two Python nodes. @param {import('@remotemedia/client').RemoteMediaClient} client @param {Work} work */
async function measurePython(client, work) {
  const results = await runManifest(client, {
    nodes: [
      { id: 'source', node_type: 'StampSource', params: { ...work, size: 8 } },
      { id: 'sender', node_type: 'RestampNode', params: { size: work.size } },
      { id: 'receiver', node_type: 'MeasureNode' },
    ],
    connections: [
      { from: 'source', to: 'sender' },
      { from: 'sender', to: 'receiver' },
    ],
  });
  return /** @type {[string, Measured][]} */ ([['Python → Python', results.get('receiver')]]);
}

/** Native node → Python node → native node; both hops. @param {import('@remotemedia/client').RemoteMediaClient} client @param {Work} work */
async function measureNative(client, work) {
  const results = await runManifest(client, {
    nodes: [
      { id: 'source', node_type: 'StampSource', params: work },
      { id: 'middle', node_type: 'RestampNode', params: { size: work.size, measure: true } },
      { id: 'sink', node_type: 'StampSink' },
    ],
    connections: [
      { from: 'source', to: 'middle' },
      { from: 'middle', to: 'sink' },
    ],
  });
  const { there, back } = /** @type {any} */ (results.get('sink'));
  return /** @type {[string, Measured][]} */ ([
    ['Node → Python', there],
    ['Python → Node', back],
  ]);
}

/** The JSON that each sink node gave at its end. @param {import('@remotemedia/client').RemoteMediaClient} client @param {object} graph */
async function runManifest(client, graph) {
  /** @type {Map<string, unknown>} */
  const results = new Map();
  const stream = client.stream({ version: 'v1', metadata: { name: 'bench-hop' }, ...graph });
  stream.close();
  for await (const event of stream) {
    if (event.type === 'result' && event.data.kind === 'json') {
      results.set(event.nodeId, JSON.parse(event.data.jsonPayload));
    }
  }
  return results;
}

/** @param {Measured} measured @param {number} warmUp @param {'paced' | 'saturated'} mode @returns {Figures} */
function figuresOf({ latencies_ns: latencies, started_ns: started, ended_ns: ended }, warmUp, mode) {
  const counted = latencies.slice(warmUp).map((ns) => ns / 1000);
  return {
    p50Us: median(counted),
    p99Us: quantile(counted, 0.99),
    messagesPerSecond: mode === 'paced' ? null : (latencies.length - 1) / ((ended - started) / 1e9),
  };
}
