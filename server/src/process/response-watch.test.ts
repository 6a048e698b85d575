import { expect, it } from 'vitest';
import { type Pong, type Unresponsive, watchResponses } from './response-watch.js';

const IDLE: Pong = { busy: null };

function inProcess(busyMs: number, sequence: number): Pong {
  return { busy: { busyMs, hook: 'process', sequence } };
}

function inFlush(busyMs: number): Pong {
  return { busy: { busyMs, hook: 'flush', sequence: null } };
}

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
  expect(await verdict([IDLE, inProcess(90, 1), inProcess(340, 2), inFlush(340), IDLE])).toBeNull();
});

it('finds a message that takes too long, a flush that does, and a process that says nothing', async () => {
  const late = { kind: 'busy', busyMs: 351 };
  expect(await verdict([IDLE, inProcess(351, 7)])).toEqual({ ...late, hook: 'process', sequence: 7 });
  expect(await verdict([IDLE, inFlush(351)])).toEqual({ ...late, hook: 'flush', sequence: null });
  expect(await verdict([IDLE, null])).toEqual({ kind: 'silent', silentMs: 1000 });
});
