/** The examples, as their READMEs say they are run. What a machine lacks for one of them is told by the skipped test. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { gapsOf } from '../harness/engines.js';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const COMMAND = join(ROOT, 'cli/bin/remotemedia.mjs');

async function remotemedia(...args: readonly string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [COMMAND, ...args], { cwd: ROOT });
  return stdout;
}

function runExample(name: string, manifest = 'manifest.json', ...args: readonly string[]): Promise<string> {
  const folder = `examples/${name}`;
  return remotemedia('run', `${folder}/${manifest}`, '--config', `${folder}/runtime.toml`, ...args);
}

test('a node of one’s own tells how loud each half second is', async () => {
  const input = 'input=examples/speech-to-speech/recorded.wav';
  const lines = (await runExample('custom-node', 'manifest.json', '-i', input)).trim().split('\n');
  const levels = lines.map((line) => JSON.parse(line.replace('level: ', '')) as { level_db: number });
  expect(levels.map(({ level_db }) => level_db)).toEqual([-57.3, -25.7, -30.7, -33.6, -33.2, -54.4]);
});

test('a spoken command becomes JSON', async ({ skip }) => {
  const gaps = await gapsOf('PocketSphinxNode', 'SileroVADNode');
  skip(gaps !== '', gaps);
  expect(await runExample('voice-command')).toBe('command: {"action":"move","direction":"forward","meters":"ten"}\n');
});

test('Whisper hears a command that is answered in speech', { timeout: 120_000 }, async ({ skip }) => {
  const gaps = await gapsOf('WhisperNode', 'HibariTTSNode');
  skip(gaps !== '', gaps);
  const reply = join(ROOT, 'examples/speech-to-speech/reply-whisper.wav');
  await rm(reply, { force: true });
  const output = await runExample('speech-to-speech', 'whisper.json');
  expect(output).toMatch(/^transcript: .*go forward (ten|10) meters/im);
  expect(output).toMatch(/^reply_text: Okay, going forward (ten|10) meters\.$/m);
  expect(existsSync(reply)).toBe(true);
  await rm(reply);
});
