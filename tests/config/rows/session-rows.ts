import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { failureOf, type Message } from '../../harness/client.js';
import { audioOf, chainOf, manifestOf, outputOf, textOf } from '../../harness/messages.js';
import { aboutMs, leastMs, type Row, type Stage } from './row.js';

/** What a manifest may set as well as runtime.toml. */
export const SESSION_ROWS: readonly Row[] = [
  {
    setting: 'multiprocess.max_processes_per_session',
    observe: mostProcesses,
    byDefault: 10,
    inFile: [1, 1],
    inManifest: [2, 2],
  },
  {
    setting: 'multiprocess.channel_capacity',
    beside: { 'multiprocess.enable_backpressure': false },
    // The one message that the node holds has left the connection.
    observe: async (stage) => (await throughTheGate(stage, 150)).length - 1,
    byDefault: 100,
    inFile: [3, 3],
    inManifest: [7, 7],
  },
  {
    setting: 'multiprocess.init_timeout_secs',
    observe: (stage) => slowCall(stage, 'initialize', 1.5),
    byDefault: { code: 'OK', ms: leastMs(1500) },
    inFile: [0.4, { code: 'process.init_timeout', ms: aboutMs(400) }],
    inManifest: [0.9, { code: 'process.init_timeout', ms: aboutMs(900) }],
  },
  {
    setting: 'multiprocess.cleanup_grace_period_secs',
    observe: timeOfResistance,
    byDefault: aboutMs(5000),
    inFile: [0.2, aboutMs(200)],
    inManifest: [1.3, aboutMs(1300)],
  },
  {
    setting: 'multiprocess.enable_backpressure',
    beside: { 'multiprocess.channel_capacity': 2 },
    observe: async (stage) => (await throughTheGate(stage, 20)).map(Number),
    byDefault: Array.from({ length: 20 }, (_, index) => index),
    inFile: [false, [0, 18, 19]],
    inManifest: [true, Array.from({ length: 20 }, (_, index) => index)],
  },
  {
    setting: 'multiprocess.auto_convert',
    observe: ratesThatArrive,
    byDefault: 'input.invalid',
    inFile: [true, [8000]],
    inManifest: [false, 'input.invalid'],
  },
  {
    setting: 'multiprocess.shm_segment_size',
    observe: largestMessage,
    byDefault: 256 * 1024 * 1024,
    inFile: [100_000, 100_000],
    inManifest: [300_000, 300_000],
  },
  {
    setting: 'multiprocess.process_timeout_secs',
    observe: (stage) => slowCall(stage, 'process', 1.5),
    byDefault: { code: 'OK', ms: leastMs(1500) },
    inFile: [0.3, { code: 'process.unresponsive', ms: aboutMs(300) }],
    inManifest: [0.8, { code: 'process.unresponsive', ms: aboutMs(800) }],
  },
];

/** The largest number of Python nodes that runs; with one more, nothing does. */
async function mostProcesses({ client, multiprocess }: Stage): Promise<number> {
  const chain = (count: number): Message =>
    chainOf(Object.fromEntries(Array.from({ length: count }, (_, index) => [`n${index}`, 'WhereNode'])), multiprocess);
  const { code, details } = await failureOf(client.execute({ manifest: chain(100) }));
  const allowed = details.allowed ?? 0;
  const refused = await failureOf(client.execute({ manifest: chain(allowed + 1) }));
  if (code !== 'limit.processes' || refused.code !== 'limit.processes') throw new Error(`${code}, ${refused.code}`);
  await client.execute({ manifest: chain(allowed), data_inputs: { n0: textOf('') } });
  return allowed;
}

/** Sends messages to a node that holds the first one, opens its gate, and returns what comes out. */
async function throughTheGate({ service, client, multiprocess, folder }: Stage, count: number): Promise<string[]> {
  const gate = join(folder, randomUUID());
  await promisify(execFile)('mkfifo', [gate]);
  const stream = client.stream().read();
  const nodes = { gate: ['GateNode', { gate }], tick: 'PassThrough' } as const;
  stream.send({ init: { manifest: manifestOf(nodes, [], multiprocess) } });
  const { session_id: session } = await stream.response('ready');
  const send = (node: string, text: string, sequence: number): boolean =>
    stream.send({ data_chunk: { node_id: node, buffer: textOf(text), sequence } });
  send('gate', '0', 1);
  await service.logged(`shut: ${gate}`);
  const full = service.event((event) => event.type === 'connection.full' && event.session === session);
  for (let index = 1; index < count; index++) send('gate', String(index), index + 1);
  send('tick', 'tick', count + 1);
  // Either the service has taken everything, or it waits with what it cannot take yet.
  await Promise.race([stream.response('result'), full]);
  await writeFile(gate, 'open');
  stream.send({ control: { command: 'COMMAND_CLOSE' } });
  const { error } = await stream.ended;
  if (error !== null) throw error;
  return stream.all('result').flatMap((result) => takenOf(result));
}

function takenOf(result: Message): string[] {
  const outputs = (result['data_outputs'] ?? {}) as Record<string, { json?: { json_payload?: string } }>;
  const json = outputs['gate']?.json?.json_payload;
  return json === undefined ? [] : (JSON.parse(json) as string[]);
}

/** A call to a node that takes its time in one phase: how it ended, and when. */
async function slowCall({ client, multiprocess }: Stage, phase: string, secs: number): Promise<object> {
  const manifest = chainOf({ slow: ['SlowNode', { phase, secs }] }, multiprocess);
  const stream = client.stream().read();
  let startMs = performance.now();
  stream.send({ init: { manifest } });
  if (phase === 'process') {
    await stream.response('ready');
    startMs = performance.now();
  }
  stream.send({ data_chunk: { node_id: 'slow', buffer: textOf(''), sequence: 1 } });
  stream.send({ control: { command: 'COMMAND_CLOSE' } });
  const { error } = await stream.ended;
  return { code: error?.code ?? 'OK', ms: performance.now() - startMs };
}

/** How long a node is given that does not want to end. */
async function timeOfResistance({ service, client, multiprocess }: Stage): Promise<number> {
  const manifest = chainOf({ slow: ['SlowNode', { phase: 'cleanup', secs: 60 }] }, multiprocess);
  const stream = client.stream().read();
  stream.send({ init: { manifest } });
  const { session_id: session } = await stream.response('ready');
  const startMs = performance.now();
  stream.call.cancel();
  await service.event((event) => event.type === 'session.ended' && event.session === session);
  return performance.now() - startMs;
}

/** What the channel writes before the body of such a message. */
const HEAD_BYTES = 8;
/** Larger ones are not sent only to see that they pass. */
const LARGE_BYTES = 1_000_000;

/** The rates at which a node gets audio that it does not take as it is; or the code of its refusal. */
async function ratesThatArrive({ client, multiprocess }: Stage): Promise<number[] | string> {
  const stream = client.stream().read();
  stream.send({ init: { manifest: chainOf({ telephone: 'TelephoneNode' }, multiprocess) } });
  stream.send({ data_chunk: { node_id: 'telephone', buffer: audioOf(1600), sequence: 1 } });
  stream.send({ control: { command: 'COMMAND_CLOSE' } });
  const { error } = await stream.ended;
  if (error !== null) return error.code;
  const audio = stream.all('result').map((result) => outputOf(result, 'telephone')['audio'] as Message);
  return [...new Set(audio.map(({ sample_rate: rate }) => Number(rate)))];
}

/** The bytes that a connection has for a message: one that fills it passes, a larger one does not. */
async function largestMessage({ client, multiprocess }: Stage): Promise<number> {
  const run = (bytes: number): Promise<Message> =>
    client.execute({
      manifest: chainOf({ zeros: ['ZerosNode', { size: bytes - HEAD_BYTES }], where: 'WhereNode' }, multiprocess),
      data_inputs: { zeros: textOf('') },
    });
  const { message } = await failureOf(run(257 * 1024 * 1024));
  const allowed = Number(/is larger than shm_segment_size, (\d+) bytes/.exec(message)?.[1]);
  const { code } = await failureOf(run(allowed + 1));
  if (code !== 'limit.message_size') throw new Error(`one byte too many was ${code}`);
  await run(Math.min(allowed, LARGE_BYTES));
  return allowed;
}
