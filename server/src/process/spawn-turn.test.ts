import { expect, it } from 'vitest';
import { spawnTurn } from './spawn-turn.js';

it('lets the event loop go round between two starts', async () => {
  const order: string[] = [];
  const first = spawnTurn().then(() => {
    order.push('first');
    setImmediate(() => order.push('what waited'));
  });
  const second = spawnTurn().then(() => order.push('second'));
  await Promise.all([first, second]);
  expect(order).toEqual(['first', 'what waited', 'second']);
});
