import { setTimeout as pause } from 'node:timers/promises';
import type { Message, WireStream } from '../harness/client.js';
import { audioOf, chainOf, manifestOf, type Nodes } from '../harness/messages.js';
import type { Draw } from './draw.js';
import { compare, endOf, type Fault, type Finding, outcomeOf, type Stage, WELL } from './faults/fault.js';

const LARGE_SAMPLES = 300_000;

/** What most sessions do: work, and end well. Every result must be there, in order. */
export const ORDINARY: readonly Fault[] = [
  { name: 'unary', weight: 6, run: runUnary },
  { name: 'stream', weight: 10, run: (stage) => runStream(stage, chainFor(stage), stage.draw.int(1, 300)) },
  { name: 'large messages', weight: 2, run: (stage) => runStream(stage, chainFor(stage), 6, LARGE_SAMPLES) },
  { name: 'two branches', weight: 2, run: runDiamond },
  { name: 'late reader', weight: 2, run: readLate },
  { name: 'call in real time', weight: 4, run: speak },
];

/** One to three nodes of either kind; all give back what they get. */
function chainFor({ draw, name }: Stage): Nodes {
  const types = Array.from({ length: draw.int(1, 3) }, () => draw.pick(['PassThrough', 'EchoNode']));
  return Object.fromEntries(types.map((type, index) => [`${name}-${index}`, type]));
}

async function runUnary(stage: Stage): Promise<Finding> {
  const nodes = chainFor(stage);
  const manifest = chainOf(nodes);
  const answer = stage.client.execute({ manifest, data_inputs: { [firstOf(nodes)]: audioOf(640) } });
  return compare(`unary, ${Object.keys(nodes).length} nodes`, WELL, await outcomeOf(answer));
}

async function runStream(stage: Stage, nodes: Nodes, count: number, samples = 160): Promise<Finding> {
  const stream = stage.client.stream().read();
  stream.send({ init: { manifest: chainOf(nodes, settingsFor(stage.draw)) } });
  for (let sequence = 1; sequence <= count; sequence += 1) await sendWhenRoom(stream, chunk(nodes, sequence, samples));
  return await close(stream, `stream of ${count}`, inOrder(count));
}

/** Both ways of a fan-out meet again: every message comes twice. */
async function runDiamond({ client, draw, name }: Stage): Promise<Finding> {
  const nodes = { [`${name}-in`]: 'PassThrough', [`${name}-a`]: 'EchoNode', [`${name}-b`]: 'PassThrough' };
  const [first, a, b] = Object.keys(nodes);
  const out = `${name}-out`;
  const connections = [`${first}>${a}`, `${first}>${b}`, `${a}>${out}`, `${b}>${out}`];
  const count = draw.int(1, 100);
  const stream = client.stream().read();
  stream.send({ init: { manifest: manifestOf({ ...nodes, [out]: 'PassThrough' }, connections, settingsFor(draw)) } });
  for (let sequence = 1; sequence <= count; sequence += 1) await sendWhenRoom(stream, chunk(nodes, sequence, 160));
  return await close(stream, `two branches, ${count} messages`, (sequences) => {
    const sorted = [...sequences].sort((one, other) => one - other);
    return sorted.length === 2 * count && sorted.every((sequence, index) => sequence === 1 + Math.floor(index / 2));
  });
}

/** Sends everything before it reads anything. */
async function readLate(stage: Stage): Promise<Finding> {
  const nodes = chainFor(stage);
  const count = stage.draw.int(50, 150);
  const stream = stage.client.stream();
  stream.send({ init: { manifest: chainOf(nodes, settingsFor(stage.draw)) } });
  for (let sequence = 1; sequence <= count; sequence += 1) stream.send(chunk(nodes, sequence, 160));
  stream.read();
  return await close(stream, `late reader, ${count} messages`, inOrder(count));
}

async function speak(stage: Stage): Promise<Finding> {
  const nodes = chainFor(stage);
  const count = stage.draw.int(10, 100);
  const stream = stage.client.stream().read();
  stream.send({ init: { manifest: chainOf(nodes) } });
  await stream.response('ready');
  for (let sequence = 1; sequence <= count; sequence += 1) {
    // The rhythm of speech: nothing is waited for here.
    await pause(20);
    await sendWhenRoom(stream, chunk(nodes, sequence, 320));
  }
  return await close(stream, `call of ${count} frames`, inOrder(count));
}

function settingsFor(draw: Draw): Message {
  return { channel_capacity: draw.pick([1, 4, 100]) };
}

function chunk(nodes: Nodes, sequence: number, samples: number): Message {
  return { data_chunk: { node_id: firstOf(nodes), buffer: audioOf(samples, sequence), sequence } };
}

function firstOf(nodes: Nodes): string {
  return Object.keys(nodes)[0] ?? '';
}

async function sendWhenRoom(stream: WireStream, message: Message): Promise<void> {
  if (stream.send(message)) return;
  await Promise.race([new Promise<void>((resolve) => stream.call.once('drain', resolve)), stream.ended]);
}

async function close(
  stream: WireStream,
  label: string,
  isRight: (sequences: readonly number[]) => boolean,
): Promise<Finding> {
  stream.send({ control: { command: 'COMMAND_CLOSE' } });
  const finding = compare(label, WELL, await endOf(stream));
  const sequences = stream.all('result').map(({ sequence }) => Number(sequence));
  if (finding.problem !== null || isRight(sequences)) return finding;
  return { label, problem: `${label}: results ${sequences.slice(0, 20).join(' ')} …, ${sequences.length} of them` };
}

function inOrder(count: number): (sequences: readonly number[]) => boolean {
  return (sequences) => sequences.length === count && sequences.every((sequence, index) => sequence === index + 1);
}
