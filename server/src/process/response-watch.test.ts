import { expect, it } from 'vitest';
import { type Pong, type Unresponsive, watchResponses } from './response-watch.js';

const IDLE: Pong = { busyMs: null, sequence: null };

async function verdict(answers: (Pong | null)[]): Promise<Unresponsive | null> {
  let found: Unresponsive | null = null;
  let end = (): void => undefined;
  const over = new Promise<void>((resolve) => {
    end = resolve;
  });
  await watchResponses({
    processTimeoutMs: 100,
    ping: async () => {
      const answer = answers.shift();
      if (answer === undefined) end();
      return answer ?? (answer === null ? null : IDLE);
    },
    over,
    onUnresponsive: (why) => {
      found = why;
    },
  });
  return found;
}

it('lets a process be that idles, or works no longer than it may', async () => {
  expect(await verdict([IDLE, { busyMs: 90, sequence: 1 }, { busyMs: 340, sequence: 2 }, IDLE])).toBeNull();
});

it('finds a message that takes too long, and a process that says nothing', async () => {
  expect(await verdict([IDLE, { busyMs: 351, sequence: 7 }])).toEqual({ kind: 'busy', busyMs: 351, sequence: 7 });
  expect(await verdict([IDLE, null])).toEqual({ kind: 'silent', silentMs: 1000 });
});
