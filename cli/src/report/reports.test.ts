import type { RuntimeData, wire } from '@remotemedia/contract';
import { expect, test } from 'vitest';
import { fakeTerminal } from '../testing/fake-terminal.js';
import { jsonReport } from './json-report.js';
import type { RunReport } from './run-report.js';
import { textReport } from './text-report.js';

const text: RuntimeData = {
  kind: 'text',
  textData: new TextEncoder().encode('go forward'),
  encoding: 'utf-8',
  language: '',
  channel: '',
  metadata: {},
};
const silence: RuntimeData = {
  kind: 'audio',
  samples: new Uint8Array(32_000),
  sampleRate: 16_000,
  channels: 1,
  format: 2,
  numSamples: 16_000,
  metadataJson: null,
  metadata: {},
};

const counts = { received: 10, depth: 0, fullEpisodes: 0 };
/** Of a run that dropped something on one of its connections. */
const metrics: wire.ExecutionMetrics = {
  wallTimeMs: 2500,
  cpuTimeMs: 0,
  memoryUsedBytes: 0,
  nodeMetrics: new Map(),
  serializationTimeMs: 0,
  protoToRuntimeMs: 0,
  runtimeToProtoMs: 0,
  dataTypeBreakdown: new Map(),
  connections: [
    { from: '', to: 'asr', sent: 10, dropped: 0, ...counts },
    { from: 'asr', to: '', sent: 13, dropped: 3, ...counts },
  ],
  messagesDropped: 3,
  sequenceGaps: 0,
};

/** One run as every report sees it. */
function tell(report: RunReport): void {
  report.nodeProgress({ nodeId: 'asr', status: 'loading_model', fraction: 0.4, message: 'base', elapsedMs: 1500 });
  report.ready('s1', ['unknown key "modle"']);
  for (let part = 1; part <= 100; part++) report.sent(part / 100);
  report.result('asr', 3, text, false);
  report.result('tts', 3, silence, false);
  report.result('kept', 3, silence, true);
  report.done({
    wallTimeMs: 2500,
    results: new Map([
      ['asr', 1],
      ['tts', 1],
      ['kept', 1],
    ]),
    files: [{ nodeId: 'kept', path: 'out.wav', bytes: 32_044, content: '1.00 s of audio' }],
    metrics,
  });
  report.close();
}

test('without a terminal a run is plain lines, at most one per tenth of the input', () => {
  const { written, terminal } = fakeTerminal();
  tell(textReport(terminal));
  expect(written.stdout).toBe('asr: go forward\n');
  expect(written.stderr).toContain('asr: loading_model 40% base (1.5 s)\n');
  expect(written.stderr).toContain('warning: unknown key "modle"\n');
  expect(written.stderr).toContain('tts: 1.00 s of audio, not kept (-o tts=FILE.wav keeps it)\n');
  expect(written.stderr).toContain('kept: 1.00 s of audio → out.wav\n');
  expect(written.stderr.match(/dropped.*/g)).toEqual(['dropped 3 of 13 messages (asr → results)']);
  expect(written.stderr).toMatch(/done in 2\.50 s: 3 results\n$/);
  expect(written.stderr.match(/^input: /gm)?.length).toBeLessThanOrEqual(10);
  expect(written.stderr).not.toContain('\u001b');
});

test('on a terminal there are bars, which are gone at the end', () => {
  const { written, terminal } = fakeTerminal({ isTerminal: true });
  tell(textReport(terminal));
  expect(written.stderr).toMatch(/asr {2}█+░+ {2}40% {2}loading_model base/);
  expect(written.stderr).toMatch(/input {2}█+ 100%/);
  const afterLastClear = written.stderr.slice(written.stderr.lastIndexOf('\u001b[J'));
  expect(afterLastClear).not.toContain('█');
  expect(written.stdout).toBe('asr: go forward\n');
});

test('with --json a run is JSON lines, the last being done', () => {
  const { written, terminal } = fakeTerminal();
  tell(jsonReport(terminal));
  const events = written.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(events.map(({ event }) => event)).toEqual(['init_progress', 'ready', 'result', 'result', 'result', 'done']);
  expect(events[2]).toEqual({
    event: 'result',
    node_id: 'asr',
    sequence: 3,
    kind: 'text',
    text: 'go forward',
    language: '',
  });
  expect(events[3]).toMatchObject({ kind: 'audio', seconds: 1 });
  expect(events[5]).toMatchObject({
    results: { asr: 1, tts: 1, kept: 1 },
    files: [{ node_id: 'kept', path: 'out.wav' }],
  });
  expect(written.stderr).toBe('');
});
