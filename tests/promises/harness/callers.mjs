// Several callers in a process of their own: each has a session, and all speak at once, 20 ms frames of audio in real time.
// Prints, as one JSON line, how many milliseconds each frame of each caller took until it was back.
//
// Arguments: address of the service, a manifest as JSON, id of its first node, number of callers, frames of each.
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { connect } from '@remotemedia/client';

const FRAME_MS = 20;
const SAMPLES = 320;

const [address = '', manifest = '', nodeId = '', callersText, framesText] = process.argv.slice(2);
const callers = Number(callersText);
const frames = Number(framesText);
const client = connect(address);

/** 20 ms of 16-bit mono at 16 kHz, each sample with the number of its frame. @param {number} number */
function bytesOf(number) {
  return new Uint8Array(new Int16Array(SAMPLES).fill(number).buffer);
}

/** @param {number} number */
function audioOf(number) {
  const format = { sampleRate: 16_000, channels: 1, format: 2, numSamples: SAMPLES, metadataJson: null };
  return /** @type {const} */ ({ kind: 'audio', samples: bytesOf(number), ...format, metadata: {} });
}

class Caller {
  stream = client.stream(JSON.parse(manifest));
  /** @type {number[]} */
  sentMs = [];
  /** @type {number[]} */
  latenciesMs = [];
  /** @type {() => void} */
  isReady = () => undefined;
  ready = new Promise((/** @type {(value: void) => void} */ resolve) => {
    this.isReady = resolve;
  });
  ended = this.listen();

  /** A frame every 20 ms, by the clock and not by the pauses between. @param {number} startMs */
  async speak(startMs) {
    for (let number = 0; number < frames; number += 1) {
      // The rhythm of the stream: nothing is waited for here.
      await pause(Math.max(0, startMs + number * FRAME_MS - performance.now()));
      this.sentMs.push(performance.now());
      await this.stream.send({ nodeId, data: audioOf(number), sequence: number });
    }
    this.stream.close();
  }

  async listen() {
    for await (const event of this.stream) {
      const nowMs = performance.now();
      if (event.type === 'ready') this.isReady();
      if (event.type !== 'result') continue;
      const { sequence, data } = event;
      const expected = this.latenciesMs.length;
      const isRight = data.kind === 'audio' && Buffer.compare(data.samples, bytesOf(expected)) === 0;
      if (sequence !== expected || !isRight) throw new Error(`got ${data.kind} ${sequence} instead of ${expected}`);
      this.latenciesMs.push(nowMs - (this.sentMs[expected] ?? Number.NaN));
    }
    return this.latenciesMs;
  }
}

const all = Array.from({ length: callers }, () => new Caller());
const ended = Promise.all(all.map((caller) => caller.ended));
await Promise.race([Promise.all(all.map((caller) => caller.ready)), ended]);
// Callers do not begin in the same millisecond: each starts at its own part of the 20.
const startMs = performance.now();
await Promise.all(all.map((caller, index) => caller.speak(startMs + (index * FRAME_MS) / callers)));
console.log(JSON.stringify(await ended));
client.close();
