// Runs the speech example: starts a service, runs manifest.json on it over gRPC, shows what happened, and checks that
// nothing of it is left on the machine. `npm run demo` sets up what this needs.
import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { connect } from '@remotemedia/client';
import { createLogger, startService } from '@remotemedia/server';
import { connectionsOf } from './demo/connections.mjs';
import { Leftovers } from './demo/leftovers.mjs';
import { jsonReport, textReport } from './demo/report.mjs';
import { measureWav } from './demo/wav.mjs';

const HELP = `Usage: npm run demo [-- OPTIONS]

Hears "go forward ten meters" in a recording, answers, and speaks the answer into a WAV file.

  --json   no text but one JSON object, on the last line
  --help   this text`;

/** A spoken reply is longer and louder than this (root mean square, full scale = 1). */
const MIN_REPLY_SECONDS = 0.5;
const MIN_REPLY_RMS = 0.005;

/** @param {string} name */
const here = (name) => fileURLToPath(new URL(name, import.meta.url));

/**
 * @typedef {import('./demo/report.mjs').Report} Report
 * @typedef {import('./demo/report.mjs').Outcome} Outcome
 * @typedef {import('@remotemedia/server').Service} Service
 */

/**
 * Runs the manifest to its end.
 * @param {Service} service
 * @param {Leftovers} leftovers
 * @param {Report} report
 * @param {AbortSignal} signal
 */
async function runPipeline(service, leftovers, report, signal) {
  const manifest = JSON.parse(await readFile(here('manifest.json'), 'utf8'));
  const client = connect(service.address);
  /** @type {Map<string, string>} */
  const texts = new Map();
  /** @type {string | null} */
  let replyWav = null;
  /** @type {import('@remotemedia/contract').wire.ExecutionMetrics | null} */
  let metrics = null;
  try {
    const stream = client.stream(manifest, { signal });
    // The recording is read by a node of the pipeline, so nothing is sent from here.
    stream.close();
    for await (const event of stream) {
      if (event.type === 'init_progress') report.progress(event);
      if (event.type === 'ready') {
        leftovers.remember(service.processes);
        report.ready(service.processes);
      }
      if (event.type === 'closed') metrics = event.metrics;
      if (event.type !== 'result') continue;
      if (event.data.kind === 'file') replyWav = event.data.path;
      if (event.data.kind === 'text') {
        const text = Buffer.from(event.data.textData).toString();
        texts.set(event.nodeId, [texts.get(event.nodeId), text].filter(Boolean).join(' '));
        report.text(event.nodeId, text, event.data.metadata);
      }
    }
  } finally {
    client.close();
  }
  // The stream has ended, so the session is gone.
  return { texts, replyWav, connections: connectionsOf(manifest, metrics) };
}

/**
 * @param {Report} report
 * @param {AbortSignal} signal
 * @returns {Promise<Outcome>}
 */
async function demo(report, signal) {
  const service = await startService({
    port: 0,
    config: here('runtime.toml'),
    logger: createLogger({ level: 'warn', format: 'text' }),
  });
  const leftovers = new Leftovers(service.channel);
  /** @type {Awaited<ReturnType<typeof runPipeline>>} */
  let run;
  try {
    report.listening(service.address);
    run = await runPipeline(service, leftovers, report, signal);
  } finally {
    await service.close();
  }
  const { texts, replyWav, connections } = run;
  const left = leftovers.count();
  return {
    transcript: texts.get('transcript') ?? null,
    reply: texts.get('reply_text') ?? null,
    replyWav: replyWav === null ? null : { path: replyWav, ...(await measureWav(replyWav)) },
    pids: leftovers.pids,
    processesLeft: left.processes,
    shmLeft: left.sharedMemory,
    connections,
  };
}

/**
 * Everything that is not as it has to be.
 * @param {Outcome} outcome
 */
function problemsOf({ transcript, reply, replyWav, pids, processesLeft, shmLeft }) {
  const problems = [];
  if (transcript === null) problems.push('nothing was heard in the recording');
  if (reply === null) problems.push('there is no reply');
  if (replyWav === null) problems.push('no WAV file was written');
  else if (replyWav.seconds < MIN_REPLY_SECONDS || replyWav.rms < MIN_REPLY_RMS)
    problems.push(`${relative('.', replyWav.path)} is too short or silent (${replyWav.seconds.toFixed(2)} s)`);
  if (new Set(pids).size !== 3) problems.push(`there were ${new Set(pids).size} Python processes instead of 3`);
  if (processesLeft.length > 0) problems.push(`processes were left: ${processesLeft.join(', ')}`);
  if (shmLeft.length > 0) problems.push(`shared memory was left: ${shmLeft.join(', ')}`);
  return problems;
}

/** Null: they are not understood, which has been said. @param {string[]} args */
function readOptions(args) {
  try {
    const options = /** @type {const} */ ({ json: { type: 'boolean' }, help: { type: 'boolean' } });
    return parseArgs({ args, options }).values;
  } catch (error) {
    console.error(`error: ${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    return null;
  }
}

/** @param {string[]} args */
async function main(args) {
  const values = readOptions(args);
  if (values === null) return 2;
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const report = values.json ? jsonReport() : textReport();
  const interrupt = new AbortController();
  process.once('SIGINT', () => interrupt.abort());
  process.once('SIGTERM', () => interrupt.abort());
  try {
    const outcome = await demo(report, interrupt.signal);
    const problems = problemsOf(outcome);
    report.done(outcome, problems);
    return problems.length === 0 ? 0 : 1;
  } catch (error) {
    report.failed(error);
    return interrupt.signal.aborted ? 130 : 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
