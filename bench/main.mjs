// Runs one bench: `npm run bench -- NAME [--json]`.
import { parseArgs } from 'node:util';

/** @type {Record<string, { about: string, load: () => Promise<{ run: (options: BenchOptions) => Promise<void> }> }>} */
const BENCHES = {
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
 */

const HELP = `Usage: npm run bench -- NAME [OPTIONS]

${Object.entries(BENCHES)
  .map(([name, { about }]) => `  ${name.padEnd(10)}${about}`)
  .join('\n')}

  --json    no table but one JSON object, on the last line
  --quick   a tenth of the messages
  --help    this text`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean' }, quick: { type: 'boolean' }, help: { type: 'boolean' } },
});
const bench = BENCHES[positionals[0] ?? ''];
if (values.help) {
  console.log(HELP);
} else if (bench === undefined || positionals.length !== 1) {
  console.error(HELP);
  process.exitCode = 2;
} else {
  const { run } = await bench.load();
  await run({ json: values.json ?? false, quick: values.quick ?? false });
}
