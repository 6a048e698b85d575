import type { wire } from '@remotemedia/contract';
import { WireClient } from '../../harness/client.js';
import { chainOf } from '../../harness/messages.js';
import { startTestService } from '../../harness/service.js';
import { StillClient } from '../../harness/still-client.js';
import { aboutMs, type Row, type Stage } from './row.js';

/** Long enough to see that something does not happen which the other layer makes happen. */
const PATIENCE_MS = 1500;

/** The service itself. */
export const SERVICE_ROWS: readonly Row[] = [
  {
    setting: 'service.stall_timeout_secs',
    observe: timeToStall,
    byDefault: null,
    inFile: [0.3, aboutMs(300)],
    inManifest: null,
  },
  {
    setting: 'service.drain_timeout_secs',
    observe: timeToDrain,
    byDefault: null,
    inFile: [0.4, aboutMs(400)],
    inManifest: null,
  },
  {
    setting: 'service.metrics_interval_secs',
    observe: timeToSecondReport,
    byDefault: null,
    // Two intervals, but for what passed before the client saw that the session was ready.
    inFile: [0.25, aboutMs(400)],
    inManifest: null,
  },
];

/** Milliseconds until something happens; null: it does not, for a while. */
async function timeUntil(happening: Promise<unknown>): Promise<number | null> {
  const startMs = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), PATIENCE_MS);
  });
  const first = await Promise.race([happening.then(() => performance.now() - startMs), late]);
  clearTimeout(timer);
  return first;
}

/** How long a client is borne with that reads nothing. */
async function timeToStall({ service }: Stage): Promise<number | null> {
  const still = new StillClient(service.address);
  const manifest = { version: 'v1', metadata: { name: 'still' }, nodes: [{ id: 'in', node_type: 'PassThrough' }] };
  await still.send({ $case: 'init', value: initOf(JSON.stringify(manifest)) });
  const started = await service.event((event) => event.type === 'session.started');
  const ended = service.event((event) => event.type === 'session.ended' && event.session === started.session);
  const time = timeUntil(ended);
  for (const sequence of [1, 2]) await still.send(chunkOf(sequence, new Uint8Array(1_000_000)));
  await time;
  still.close();
  await ended;
  return await time;
}

/** How long a session is waited for that does not end. */
async function timeToDrain({ config }: Stage): Promise<number | null> {
  const service = await startTestService({}, { config });
  const client = new WireClient(service.address);
  const stream = client.stream().read();
  stream.send({ init: { manifest: chainOf({ a: 'PassThrough' }) } });
  await stream.response('ready');
  const closed = service.service.close({ graceful: true });
  const time = await timeUntil(stream.ended);
  stream.call.cancel();
  await closed;
  client.close();
  await service.close();
  return time;
}

/** When the second report of metrics comes. */
async function timeToSecondReport({ client }: Stage): Promise<number | null> {
  const stream = client.stream().read();
  stream.send({ init: { manifest: chainOf({ a: 'PassThrough' }) } });
  await stream.response('ready');
  let reports = 0;
  const second = stream.message(({ metrics }) => {
    if (metrics !== undefined && metrics !== null) reports += 1;
    return reports === 2;
  });
  const ended = second.catch(() => undefined);
  const time = await timeUntil(second);
  stream.send({ control: { command: 'COMMAND_CLOSE' } });
  await stream.ended;
  await ended;
  return time;
}

function initOf(manifestJson: string): wire.StreamInit {
  return {
    manifest: undefined,
    dataInputs: new Map(),
    resourceLimits: undefined,
    clientVersion: '',
    expectedChunkSize: 0,
    manifestJson,
  };
}

function chunkOf(sequence: number, data: Uint8Array): NonNullable<wire.StreamRequest['request']> {
  const buffer = { dataType: { $case: 'binary' as const, value: { data, mimeType: '' } }, metadata: new Map() };
  return { $case: 'dataChunk', value: { nodeId: 'in', buffer, namedBuffers: new Map(), sequence, timestampMs: 0 } };
}
