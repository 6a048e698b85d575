import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const BENCH = fileURLToPath(new URL('../../bench/main.mjs', import.meta.url));
const MESSAGES = 1500;

interface Verdict {
  readonly backpressure: boolean;
  readonly goal: string;
  readonly value: string;
  readonly met: boolean;
}

// The bench itself, with fewer messages where each takes 10 ms.
it('a fast client before a slow node loses nothing with backpressure, and without counts every drop', async () => {
  const args = [BENCH, 'backpressure', '--messages', String(MESSAGES), '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const { goals, floods } = JSON.parse(stdout) as {
    goals: Verdict[];
    floods: { messages: number; startBytes: number }[];
  };
  expect(goals.filter(({ met }) => !met)).toEqual([]);
  expect(goals.map(({ backpressure }) => backpressure)).toEqual([true, true, true, false, false, false, false]);
  expect(floods).toMatchObject([{ messages: MESSAGES }, { messages: 100_000 }]);
  // Four processes of Node and Python: a smaller figure would be one that measured nothing.
  expect(floods[0]?.startBytes).toBeGreaterThan(60 * 1024 * 1024);
}, 180_000);
