import { describe, expect, it } from 'vitest';
import { isAlive, moveTo, type SessionState } from './session-state.js';

const INITIALIZING: SessionState = { name: 'initializing' };
const TERMINATING: SessionState = { name: 'terminating', cause: null };

describe('the states of a session', () => {
  it('go from initializing to terminated, one by one', () => {
    const way: SessionState[] = [{ name: 'ready' }, { name: 'executing' }, TERMINATING, { name: 'terminated' }];
    expect(way.reduce(moveTo, INITIALIZING)).toEqual({ name: 'terminated' });
  });

  it('may be cut short from any state that is alive', () => {
    for (const state of [INITIALIZING, { name: 'ready' }, { name: 'executing' }] as SessionState[]) {
      expect(isAlive(state)).toBe(true);
      expect(moveTo(state, TERMINATING)).toBe(TERMINATING);
    }
  });

  it('know no other way', () => {
    expect(() => moveTo(INITIALIZING, { name: 'executing' })).toThrow(/from initializing to executing/);
    expect(() => moveTo({ name: 'terminated' }, TERMINATING)).toThrow(expect.objectContaining({ code: 'internal' }));
    expect(isAlive(TERMINATING)).toBe(false);
  });
});
