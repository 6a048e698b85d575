import type { Message, WireStream } from '../../harness/client.js';
import { audioOf, chainOf } from '../../harness/messages.js';
import { compare, type Expected, endOf, type Fault, type Finding, type Stage } from './fault.js';

const DEADLY = ['SIGKILL', 'SIGKILL', 'SIGSEGV', 'SIGABRT', 'SIGQUIT'] as const;
const GRACE = { cleanup_grace_period_secs: 0.3 };
const CANCELLED: Expected = { status: 1, codes: ['session.cancelled'] };

/** What an operator, the kernel or another program does to a node process. */
export const FROM_OUTSIDE: readonly Fault[] = [
  { name: 'killed while it starts', weight: 6, run: killStarting },
  { name: 'killed while it streams', weight: 14, run: killStreaming },
  { name: 'killed while it hangs', weight: 4, run: killHanging },
  { name: 'stopped, then cancelled', weight: 3, run: stopThenCancel },
];

/** One of two Python nodes, before either is ready: the slow one never will be. */
async function killStarting({ draw, client, book, name }: Stage): Promise<Finding> {
  const bad = `${name}-bad`;
  const signal = draw.pick(DEADLY);
  const slow = { [bad]: ['SlowInitNode', { steps: 2, step_secs: 600 }] as const };
  const manifest = chainOf(draw.chance(0.3) ? { ...slow, [`${name}-other`]: 'EchoNode' } : slow, GRACE);
  const stream = client.stream().read();
  stream.send({ init: { manifest } });
  const pid = await book.started(bad);
  const when = draw.pick(['spawned', 'loading']);
  if (when === 'loading') await progressOf(stream, bad);
  process.kill(pid, signal);
  // Which of the two depends on whether the process had said anything by then.
  const codes = when === 'loading' ? ['process.init_failed'] : ['process.init_failed', 'process.spawn_failed'];
  const expected = { status: 9, codes, nodeId: bad, details: { signal } };
  return compare(`${signal} while it starts (${when})`, expected, await endOf(stream));
}

async function killStreaming({ draw, client, book, name }: Stage): Promise<Finding> {
  const ids = Array.from({ length: draw.int(1, 3) }, (_, index) => `${name}-${index}`);
  const victim = draw.pick(ids);
  const signal = draw.pick(DEADLY);
  const wasStopped = draw.chance(0.25);
  const stream = client.stream().read();
  const nodes = { [`${name}-in`]: 'PassThrough', ...Object.fromEntries(ids.map((id) => [id, 'EchoNode'])) };
  stream.send({ init: { manifest: chainOf(nodes, GRACE) } });
  await stream.response('ready');
  if (draw.chance(0.8)) {
    sendChunks(stream, `${name}-in`, 1, 10);
    await stream.response('result');
  }
  const pid = await book.started(victim);
  if (wasStopped) process.kill(pid, 'SIGSTOP');
  sendChunks(stream, `${name}-in`, 11, draw.int(11, 200));
  process.kill(pid, signal);
  // A process that is stopped takes no signal but this.
  if (wasStopped && signal !== 'SIGKILL') process.kill(pid, 'SIGCONT');
  const expected = { status: 10, codes: ['process.crashed'], nodeId: victim, details: { signal } };
  const label = `${signal} ${wasStopped ? 'after SIGSTOP ' : ''}to one of ${ids.length} that stream`;
  return compare(label, expected, await endOf(stream));
}

async function killHanging({ draw, client, book, name }: Stage): Promise<Finding> {
  const bad = `${name}-bad`;
  const signal = draw.pick(DEADLY);
  const hook = draw.pick(['process', 'flush']);
  const stream = client.stream().read();
  await hang(stream, bad, hook, draw.pick(['hang_blocked', 'hang_waiting']));
  process.kill(await book.started(bad), signal);
  const expected = { status: 10, codes: ['process.crashed'], nodeId: bad, details: { signal } };
  return compare(`${signal} while it hangs in ${hook}`, expected, await endOf(stream));
}

/** A stopped process hears no SIGTERM: only its killing, after the grace, ends the session. */
async function stopThenCancel({ client, book, name }: Stage): Promise<Finding> {
  const bad = `${name}-bad`;
  const stream = client.stream().read();
  stream.send({ init: { manifest: chainOf({ [bad]: 'EchoNode' }, GRACE) } });
  await stream.response('ready');
  process.kill(await book.started(bad), 'SIGSTOP');
  sendChunks(stream, bad, 1, 10);
  stream.send({ control: { command: 'COMMAND_CANCEL' } });
  return compare('SIGSTOP, then cancel', CANCELLED, await endOf(stream));
}

/** Brings a stream to the point where its one node hangs in a hook. */
export async function hang(stream: WireStream, nodeId: string, hook: string, way: string): Promise<void> {
  stream.send({ init: { manifest: chainOf({ [nodeId]: ['BreakDownNode', { hook, way }] }, GRACE) } });
  if (hook === 'initialize') return await progressOf(stream, nodeId);
  sendChunks(stream, nodeId, 1, 1);
  if (hook === 'flush') stream.send({ control: { command: 'COMMAND_CLOSE' } });
  await resultOf(stream, 'hanging');
}

/** Resolves when a node says that it is past its imports. */
async function progressOf(stream: WireStream, nodeId: string): Promise<void> {
  await stream.message(({ init_progress: progress }) => {
    const { node_id: node, status } = (progress ?? {}) as Message;
    return node === nodeId && status === 'loading_model';
  });
}

async function resultOf(stream: WireStream, text: string): Promise<void> {
  await stream.message(({ result }) => {
    const outputs = Object.values(((result ?? {}) as Message)['data_outputs'] ?? {}) as Message[];
    return outputs.some(({ text: buffer }) => String((buffer as Message | null)?.['text_data']) === text);
  });
}

export function sendChunks(stream: WireStream, nodeId: string, first: number, last: number): void {
  for (let sequence = first; sequence <= last; sequence += 1)
    stream.send({ data_chunk: { node_id: nodeId, buffer: audioOf(64, sequence), sequence } });
}
