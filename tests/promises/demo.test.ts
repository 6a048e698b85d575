import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { printFigures } from './harness/figures.js';
import { measureWav } from './harness/wav.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const TIMEOUT_MS = 120_000;

/** The one line that `demo --json` ends with. */
interface DemoLine {
  readonly transcript: string;
  readonly reply: string;
  readonly reply_wav: string;
  readonly python_processes: number;
  readonly pids: readonly number[];
  readonly processes_left: number;
  readonly shm_left: number;
}

it('the speech example hears, answers and speaks, and leaves nothing behind', {
  timeout: TIMEOUT_MS,
  retry: 0,
}, async () => {
  const startedMs = Date.now();
  // Rejects when the exit code is not 0.
  const { stdout } = await promisify(execFile)(process.execPath, ['examples/speech-to-speech/demo.mjs', '--json'], {
    cwd: ROOT,
    timeout: TIMEOUT_MS,
  });
  const tookMs = Date.now() - startedMs;
  const demo = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as DemoLine;
  const wav = measureWav(await readFile(demo.reply_wav));
  printFigures('the speech example', {
    transcript: demo.transcript,
    reply: demo.reply,
    reply_wav: `${wav.seconds.toFixed(2)} s at ${wav.sampleRate} Hz, root mean square ${wav.rms.toFixed(4)}`,
    pids: demo.pids.join(', '),
    time: `${(tookMs / 1000).toFixed(1)} s`,
  });
  expect(demo).toMatchObject({
    transcript: 'go forward ten meters',
    python_processes: 3,
    processes_left: 0,
    shm_left: 0,
  });
  expect(demo.reply).toMatch(/\w+ \w+/);
  expect(new Set(demo.pids).size).toBe(3);
  // Written by this run, and not found lying about.
  expect((await stat(demo.reply_wav)).mtimeMs).toBeGreaterThanOrEqual(startedMs - 1000);
  expect(wav.seconds).toBeGreaterThan(0.5);
  expect(wav.rms).toBeGreaterThan(0.01);
  // Speech goes up and down; noise and tones do not.
  expect(wav.loudestTenth).toBeGreaterThan(3 * wav.quietestTenth);
});
