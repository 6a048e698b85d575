import { describe, expect, it } from 'vitest';
import { Sessions } from './sessions.js';

function running(sessions: Sessions, processes = 1) {
  const reservation = sessions.reserve(processes, 10);
  let cancelled: string | null = null;
  sessions.add({
    id: reservation.sessionId,
    processes: [],
    done: Promise.resolve(),
    cancel: (reason) => {
      cancelled = reason.code;
      reservation.release();
    },
  });
  return { reservation, cancelled: () => cancelled };
}

describe('Sessions', () => {
  it('refuses what is over a limit with asked, allowed and the name of the setting', () => {
    const sessions = new Sessions({ maxSessions: 2, maxProcesses: 5 });
    expect(() => sessions.reserve(4, 3)).toThrow(
      expect.objectContaining({ details: { asked: 4, allowed: 3, setting: 'max_processes_per_session' } }),
    );
    const first = sessions.reserve(3, 3);
    expect(() => sessions.reserve(3, 3)).toThrow(
      expect.objectContaining({
        code: 'limit.processes',
        details: { asked: 6, allowed: 5, setting: 'limits.max_processes' },
      }),
    );
    sessions.reserve(2, 3);
    expect(() => sessions.reserve(0, 3)).toThrow(expect.objectContaining({ code: 'limit.sessions' }));
    first.release();
    first.release();
    expect(sessions.processes).toBe(2);
    sessions.reserve(3, 3);
  });

  it('makes ids that nobody chose', () => {
    const sessions = new Sessions({ maxSessions: null, maxProcesses: null });
    const ids = [sessions.reserve(0, 0).sessionId, sessions.reserve(0, 0).sessionId];
    for (const id of ids) expect(id).toMatch(/^sess_[0-9a-f]{12}$/);
    expect(new Set(ids).size).toBe(2);
  });

  it('drains: takes nothing new, and waits for what runs', async () => {
    const sessions = new Sessions({ maxSessions: null, maxProcesses: null });
    const { reservation, cancelled } = running(sessions);
    const drained = sessions.drain(60_000);
    expect(() => sessions.reserve(0, 1)).toThrow(expect.objectContaining({ code: 'service.draining' }));
    reservation.release();
    await drained;
    expect(cancelled()).toBeNull();
  });

  it('cancels what still runs when the time is up', async () => {
    const sessions = new Sessions({ maxSessions: null, maxProcesses: null });
    const { cancelled } = running(sessions);
    await sessions.drain(0);
    expect(cancelled()).toBe('service.draining');
    await sessions.drain(0);
  });
});
