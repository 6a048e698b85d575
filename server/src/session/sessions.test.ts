import { describe, expect, it } from 'vitest';
import type { Graph } from './graph.js';
import { Sessions } from './sessions.js';

/** A graph with so many Python processes. */
const withProcesses = (processes: number): Graph => ({
  nodes: [],
  edges: [],
  channelEdges: [],
  inboxes: processes + 1,
});

function running(sessions: Sessions, processes = 1, stubborn = false) {
  const reservation = sessions.reserve(withProcesses(processes), 10);
  let cancelled: string | null = null;
  sessions.add({
    id: reservation.sessionId,
    processes: [],
    done: Promise.resolve(),
    overview: () => {
      throw new Error('nobody asks');
    },
    kill: reservation.release,
    cancel: (reason) => {
      cancelled = reason.code;
      if (!stubborn) reservation.release();
    },
  });
  return { reservation, cancelled: () => cancelled };
}

describe('Sessions', () => {
  it('refuses what is over a limit with asked, allowed and the name of the setting', () => {
    const sessions = new Sessions({ maxSessions: 2, maxProcesses: 5 });
    expect(() => sessions.reserve(withProcesses(4), 3)).toThrow(
      expect.objectContaining({ details: { asked: 4, allowed: 3, setting: 'max_processes_per_session' } }),
    );
    const first = sessions.reserve(withProcesses(3), 3);
    expect(() => sessions.reserve(withProcesses(3), 3)).toThrow(
      expect.objectContaining({
        code: 'limit.processes',
        details: { asked: 6, allowed: 5, setting: 'limits.max_processes' },
      }),
    );
    sessions.reserve(withProcesses(2), 3);
    expect(() => sessions.reserve(withProcesses(0), 3)).toThrow(expect.objectContaining({ code: 'limit.sessions' }));
    first.release();
    first.release();
    expect(sessions.processes).toBe(2);
    sessions.reserve(withProcesses(3), 3);
  });

  it('makes ids that nobody chose', () => {
    const sessions = new Sessions({ maxSessions: null, maxProcesses: null });
    const ids = [sessions.reserve(withProcesses(0), 0).sessionId, sessions.reserve(withProcesses(0), 0).sessionId];
    for (const id of ids) expect(id).toMatch(/^sess_[0-9a-f]{12}$/);
    expect(new Set(ids).size).toBe(2);
  });

  it('drains: takes nothing new, and waits for what runs', async () => {
    const sessions = new Sessions({ maxSessions: null, maxProcesses: null });
    const { reservation, cancelled } = running(sessions);
    const drained = sessions.drain(60_000);
    expect(() => sessions.reserve(withProcesses(0), 1)).toThrow(expect.objectContaining({ code: 'service.draining' }));
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

  it('hastens a drain that waits', async () => {
    const sessions = new Sessions({ maxSessions: null, maxProcesses: null });
    const { cancelled } = running(sessions);
    const drained = sessions.drain(60_000);
    await sessions.drain(0);
    await drained;
    expect(cancelled()).toBe('service.draining');
  });

  it('kills, when there is no time for anything else', async () => {
    const sessions = new Sessions({ maxSessions: null, maxProcesses: null });
    const { cancelled } = running(sessions, 1, true);
    const drained = sessions.drain(60_000);
    sessions.kill();
    expect(cancelled()).toBe('service.draining');
    await drained;
  });
});
