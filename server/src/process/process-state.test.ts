import { expect, it } from 'vitest';
import { moveTo, type ProcessState } from './process-state.js';

const STATES: ProcessState[] = [
  { name: 'spawning' },
  { name: 'initializing', wired: false, initialized: false },
  { name: 'ready' },
  { name: 'stopping' },
  { name: 'exited', reason: { kind: 'exit', code: 0 } },
];

it('moves forwards only, and never out of exited', () => {
  const allowed = STATES.map((from) =>
    STATES.filter((to) => {
      try {
        return moveTo(from, to) === to;
      } catch {
        return false;
      }
    }).map(({ name }) => name),
  );
  expect(allowed).toEqual([
    ['initializing', 'stopping', 'exited'],
    ['initializing', 'ready', 'stopping', 'exited'],
    ['stopping', 'exited'],
    ['exited'],
    [],
  ]);
});
