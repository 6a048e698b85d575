// Tells a person, or a program, what the demo does.
import { relative } from 'node:path';
import { performance } from 'node:perf_hooks';

/**
 * @typedef {import('./connections.mjs').ConnectionFacts} Connection
 * @typedef {{ sessionId: string, nodeId: string, pid: number | null }} RunningProcess
 *
 * @typedef {object} Outcome
 * @property {string | null} transcript
 * @property {string | null} reply
 * @property {({ path: string } & import('./wav.mjs').WavFacts) | null} replyWav
 * @property {number[]} pids of the Python processes
 * @property {number[]} processesLeft pids that are still there after the end
 * @property {string[]} shmLeft files that are still there after the end
 * @property {Connection[]} connections
 *
 * @typedef {object} Report
 * @property {(address: string) => void} listening
 * @property {(event: { nodeId: string, status: string, message: string, elapsedMs: number }) => void} progress
 * @property {(processes: readonly RunningProcess[]) => void} ready
 * @property {(nodeId: string, text: string, metadata: Readonly<Record<string, string>>) => void} text
 * @property {(outcome: Outcome, problems: string[]) => void} done
 * @property {(error: unknown) => void} failed
 */

/** For people: lines on standard output as things happen. @returns {Report} */
export function textReport() {
  const started = performance.now();
  /** @param {string} what @param {string} text */
  const line = (what, text) =>
    console.log(`${seconds(performance.now() - started).padStart(7)}  ${what.padEnd(12)} ${text}`);
  return {
    listening: (address) => line('service', `listening on ${address}`),
    progress: ({ nodeId, status, message }) => line(nodeId, message === '' ? status.replace('_', ' ') : message),
    ready: (processes) =>
      line(
        'service',
        `all nodes are ready; Python processes: ${processes.map(({ nodeId, pid }) => `${nodeId} ${pid}`).join(', ')}`,
      ),
    text: (nodeId, text, { confidence }) =>
      line(nodeId, `"${text}"${confidence === undefined ? '' : ` (confidence ${confidence})`}`),
    done({ replyWav, processesLeft, shmLeft, connections }, problems) {
      if (replyWav !== null)
        line('reply_wav', `${relative('.', replyWav.path)}, ${seconds(replyWav.seconds * 1000)} of speech`);
      line('service', `closed; processes left: ${processesLeft.length}, shared memory left: ${shmLeft.length}`);
      console.log(`\n${latencyTable(connections)}`);
      for (const problem of problems) console.error(`error: ${problem}`);
    },
    failed: (error) => console.error(describe(error)),
  };
}

/** For programs: one JSON object. @returns {Report} */
export function jsonReport() {
  const nothing = () => {};
  return {
    listening: nothing,
    progress: nothing,
    ready: nothing,
    text: nothing,
    done({ transcript, reply, replyWav, pids, processesLeft, shmLeft, connections }, problems) {
      for (const problem of problems) console.error(`error: ${problem}`);
      const object = {
        transcript,
        reply,
        reply_wav: replyWav?.path ?? null,
        reply_seconds: replyWav?.seconds ?? null,
        python_processes: new Set(pids).size,
        pids,
        processes_left: processesLeft.length,
        shm_left: shmLeft.length,
        connections: connections.map(({ from, to, messages, latency }) => ({
          from,
          to,
          messages,
          latency_ms: latency,
        })),
        problems,
      };
      console.log(JSON.stringify(object));
    },
    failed(error) {
      console.error(describe(error));
      console.log(JSON.stringify({ error: error instanceof Error ? error.message : String(error) }));
    },
  };
}

/** @param {Connection[]} connections */
function latencyTable(connections) {
  const rows = connections.map(({ from, to, messages, latency }) => [
    `${from} → ${to}`,
    String(messages),
    ...(latency === null ? ['', '', ''] : [latency.p50, latency.p99, latency.max].map((ms) => `${ms.toFixed(2)} ms`)),
  ]);
  const table = [['connection', 'messages', 'p50', 'p99', 'max'], ...rows];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return table
    .map((row) =>
      row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join('   '),
    )
    .join('\n');
}

/** @param {number} ms */
function seconds(ms) {
  return `${(ms / 1000).toFixed(2)} s`;
}

/** What failed and what to change; the traceback is in the service's log. @param {unknown} error */
function describe(error) {
  if (!(error instanceof Error)) return `error: ${String(error)}`;
  const hint = 'hint' in error && typeof error.hint === 'string' ? `\nhint: ${error.hint}` : '';
  return `error: ${error.message}${hint}`;
}
