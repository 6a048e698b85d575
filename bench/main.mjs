// Runs one bench: `npm run bench -- NAME [--json]`.
import { parseArgs } from 'node:util';

/** @type {Record<string, { about: string, load: () => Promise<{ run: (options: BenchOptions) => Promise<void> }> }>} */
const BENCHES = {
  backpressure: {
    about: 'a fast client before a slow node: what arrives, what is dropped, how much memory it takes',
    load: () => import('./backpressure/backpressure.mjs'),
  },
  clients: {
    about: "what our clients add to gRPC's own, in Node.js and in Python",
    load: () => import('./clients/clients.mjs'),
  },
  hop: {
    about: 'one connection: latency and throughput by message size, beside bare means',
    load: () => import('./hop/hop.mjs'),
  },
  session: {
    about: 'what a session of six connections costs the service',
    load: () => import('./session/session.mjs'),
  },
};

/**
 * @typedef {object} BenchOptions
 * @property {boolean} json one object on the last line of standard output, and no table
 * @property {boolean} quick a tenth of the messages: shows that it works, not how fast it is
 * @property {number | null} messages how many; null: as many as the bench has by itself
 */

const HELP = `Usage: npm run bench -- NAME [OPTIONS]

${Object.entries(BENCHES)
  .map(([name, { about }]) => `  ${name.padEnd(14)}${about}`)
  .join('\n')}

  --json         no table but one JSON object, on the last line
  --quick        a tenth of the messages
  --messages N   messages of backpressure's first part, which takes 10 ms for each (default 100000)
  --help         this text`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean' },
    quick: { type: 'boolean' },
    messages: { type: 'string' },
    help: { type: 'boolean' },
  },
});
const bench = BENCHES[positionals[0] ?? ''];
const messages = values.messages === undefined ? null : Number(values.messages);
if (values.help) {
  console.log(HELP);
} else if (bench === undefined || positionals.length !== 1 || !(messages === null || messages > 0)) {
  console.error(HELP);
  process.exitCode = 2;
} else {
  const { run } = await bench.load();
  await run({ json: values.json ?? false, quick: values.quick ?? false, messages });
}
