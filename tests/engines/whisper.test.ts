import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { audioFromSamples, audioFromWav, audioToSamples, connect, textToString } from '@remotemedia/client';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { leftovers, NOTHING_LEFT, startTestService, type TestService } from '../harness/service.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const RECORDINGS = join(ROOT, 'tests/fixtures/recordings');
const RATE = 16_000;
const SECONDS = 60;
const TIMEOUT_MS = 300_000;

const MANIFEST = {
  version: 'v1',
  nodes: [{ id: 'whisper', nodeType: 'WhisperNode', params: { language: 'en' } }],
  connections: [],
};

let running: TestService;
/** What WhisperNode lacks here; empty: nothing. */
let lacking: string;

beforeAll(async () => {
  running = await startTestService();
  const gaps = await running.service.findGaps(running.service.validate(MANIFEST));
  lacking = gaps.flatMap((each) => each.gaps.map(({ what }) => what)).join('; ');
});

afterAll(async () => {
  await running.close();
});

/** The recorded sentences one after another, for a minute. */
function minute(): Int16Array {
  const sentences = readdirSync(RECORDINGS)
    .filter((name) => name.endsWith('.wav'))
    .sort()
    .map((name) => audioToSamples(audioFromWav(readFileSync(join(RECORDINGS, name)))));
  const samples = new Int16Array(SECONDS * RATE);
  for (let at = 0, next = 0; at < samples.length; next += 1) {
    const sentence = sentences[next % sentences.length] ?? samples;
    samples.set(sentence.subarray(0, samples.length - at), at);
    at += sentence.length;
  }
  return samples;
}

/** Proportional set size, MiB: what the process alone costs. */
function pssMib(pid: number): number {
  const kib = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1];
  return Number(kib) / 1024;
}

function skipWhereLacking(context: TestContext): void {
  context.skip(lacking !== '', lacking);
}

describe('a recording of a minute', () => {
  it('is transcribed in less time than it lasts, with texts before its end and in flat memory', {
    timeout: TIMEOUT_MS,
    retry: 2, // what else runs on the machine can only make it slower
  }, async (context) => {
    skipWhereLacking(context);
    const client = connect(running.address);
    try {
      const stream = client.stream(MANIFEST);
      const samples = minute();
      const texts: { text: string; isFinal: boolean; endMs: number; hasSentAll: boolean }[] = [];
      const pss: number[] = [];
      let startedMs = 0;
      let hasSentAll = false;
      const send = async (): Promise<void> => {
        for (let at = 0; at < samples.length; at += RATE / 10) {
          const data = audioFromSamples(samples.subarray(at, at + RATE / 10), { sampleRate: RATE });
          await stream.send({ nodeId: 'whisper', data, timestampMs: Math.round((at / RATE) * 1000) });
        }
        hasSentAll = true;
        stream.close();
      };
      let sending: Promise<void> | null = null;
      for await (const event of stream) {
        if (event.type === 'ready') {
          startedMs = performance.now();
          sending = send().catch(() => {}); // the iteration tells a failure
        }
        if (event.type !== 'result' || event.data.kind !== 'text') continue;
        const { metadata } = event.data;
        const [isFinal, endMs] = [metadata['final'] === 'true', Number(metadata['end_ms'])];
        texts.push({ text: textToString(event.data), isFinal, endMs, hasSentAll });
        const pid = running.service.processes.find(({ nodeId }) => nodeId === 'whisper')?.pid;
        if (pid && isFinal) pss.push(pssMib(pid));
      }
      await sending;
      const tookSeconds = (performance.now() - startedMs) / 1000;
      console.log(`a minute in ${tookSeconds.toFixed(1)} s, MiB at each piece: ${pss.map(Math.round).join(' ')}`);

      const finals = texts.filter(({ isFinal }) => isFinal);
      expect(finals.length).toBeGreaterThan(1);
      expect(finals.map(({ text }) => text).join(' ')).toMatch(/ill[- ]disposed young man/i);
      expect(finals.at(-1)?.endMs).toBe(SECONDS * 1000);
      expect(texts[0]).toMatchObject({ isFinal: false, hasSentAll: false });
      expect(tookSeconds).toBeLessThan(SECONDS);
      // The first piece has filled every buffer; what comes later fills them again.
      expect(Math.max(...pss) - Number(pss[0])).toBeLessThan(32);
    } finally {
      client.close();
    }
    await expect.poll(() => leftovers(running)).toEqual(NOTHING_LEFT);
  });
});

describe('the transcription example', () => {
  it('writes subtitles and text, and says which engine it took', { timeout: TIMEOUT_MS }, async (context) => {
    skipWhereLacking(context);
    const folder = await mkdtemp(join(tmpdir(), 'rm-test-'));
    try {
      const [srt, vtt, text] = ['a.srt', 'a.vtt', 'a.txt'].map((name) => join(folder, name));
      const recording = join(RECORDINGS, 'sense-and-sensibility-0880.wav');
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ['examples/transcription/transcribe.mjs', recording, '--json'].concat(
          '--srt',
          String(srt),
          '--vtt',
          String(vtt),
          '--text',
          String(text),
        ),
        { cwd: ROOT, timeout: TIMEOUT_MS },
      );
      const said = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Record<string, unknown>;
      expect(said).toMatchObject({ engine: 'whisper', language: 'en', files: [srt, text, vtt] });
      expect(await readFile(String(text), 'utf8')).toMatch(/^He was not an ill[- ]disposed young man\.\n$/);
      expect(await readFile(String(srt), 'utf8')).toMatch(/^1\n00:00:00,\d{3} --> 00:00:0[23],\d{3}\nHe was not/);
      expect(await readFile(String(vtt), 'utf8')).toMatch(/^WEBVTT\n\n00:00:00\.\d{3} --> /);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
