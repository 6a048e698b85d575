import type { RuntimeData } from '@remotemedia/contract';
import { type Terminal, writeJson } from '../terminal.js';
import { dataFacts } from './describe-data.js';
import { metricsFacts, roundMs } from './metrics-facts.js';
import type { NodeProgress, RunReport, RunSummary } from './run-report.js';

/** A run for a program: one JSON object per line on stdout, the last one `done` or `error`. */
export function jsonReport({ stdout }: Terminal): RunReport {
  return {
    nodeProgress: ({ nodeId, status, fraction, message, elapsedMs }: NodeProgress) =>
      writeJson(stdout, {
        event: 'init_progress',
        node_id: nodeId,
        status,
        fraction,
        message,
        elapsed_ms: roundMs(elapsedMs),
      }),
    ready: (sessionId, warnings) => writeJson(stdout, { event: 'ready', session_id: sessionId, warnings }),
    sent: () => {},
    result: (nodeId: string, sequence: number, data: RuntimeData) =>
      writeJson(stdout, { event: 'result', node_id: nodeId, sequence, ...dataFacts(data) }),
    done: ({ wallTimeMs, results, files, metrics }: RunSummary) =>
      writeJson(stdout, {
        event: 'done',
        wall_time_ms: roundMs(wallTimeMs),
        results: Object.fromEntries(results),
        files: files.map(({ nodeId, path, bytes, content }) => ({ node_id: nodeId, path, bytes, content })),
        metrics: metricsFacts(metrics),
      }),
    close: () => {},
  };
}
