// A client in a process of its own, as a user would write one: sends 20 ms frames of audio and prints, as one JSON line, how
// many milliseconds each took until it was back.
//
// Arguments: address of the service, a manifest as JSON, id of its first node, frames to warm up with, frames to measure.
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { connect } from '@remotemedia/client';

const FRAME_MS = 20;
const SAMPLES = 320;

const [address = '', manifest = '', nodeId = '', warmUpText, framesText] = process.argv.slice(2);
const warmUpFrames = Number(warmUpText);
const frames = Number(framesText);

const client = connect(address);
const stream = client.stream(JSON.parse(manifest));
/** @type {number[]} */
const sentMs = [];
/** @type {number[]} */
const latenciesMs = [];
/** @type {Promise<void>[]} */
const sending = [];
let received = 0;

/** 20 ms of 16-bit mono at 16 kHz, each sample with the number of its frame. @param {number} number */
function bytesOf(number) {
  return new Uint8Array(new Int16Array(SAMPLES).fill(number).buffer);
}

/** @param {number} sequence */
function write(sequence) {
  const format = { sampleRate: 16_000, channels: 1, format: 2, numSamples: SAMPLES, metadataJson: null };
  const data = /** @type {const} */ ({ kind: 'audio', samples: bytesOf(sequence), ...format, metadata: {} });
  return stream.send({ nodeId, data, sequence });
}

async function warmUp() {
  for (let number = 0; number < warmUpFrames; number += 1) await write(number);
}

/** A frame every 20 ms, by the clock and not by the pauses between. */
async function speak() {
  const startedMs = performance.now();
  for (let number = 0; number < frames; number += 1) {
    // The rhythm of the stream: nothing is waited for here.
    await pause(Math.max(0, startedMs + number * FRAME_MS - performance.now()));
    sentMs.push(performance.now());
    await write(warmUpFrames + number);
  }
  stream.close();
}

for await (const event of stream) {
  const nowMs = performance.now();
  if (event.type === 'ready') sending.push(warmUp());
  if (event.type !== 'result') continue;
  const { sequence, data } = event;
  const isRight = data.kind === 'audio' && Buffer.compare(data.samples, bytesOf(received)) === 0;
  if (sequence !== received || !isRight) throw new Error(`got ${data.kind} ${sequence} instead of frame ${received}`);
  received += 1;
  if (received === warmUpFrames) sending.push(speak());
  if (received > warmUpFrames) latenciesMs.push(nowMs - (sentMs[latenciesMs.length] ?? Number.NaN));
}
await Promise.all(sending);
client.close();
console.log(JSON.stringify(latenciesMs));
