import { afterEach, describe, expect, it, vi } from 'vitest';
import { deferred } from './deferred.js';
import { busyUntilDead, type FixtureProcess, fixtureProcess, groupMembers } from './fixtures/harness.js';
import type { PythonProcess, PythonProcessOptions } from './python-process.js';

const started: FixtureProcess[] = [];

async function start(name: string, overrides: Partial<PythonProcessOptions> = {}): Promise<FixtureProcess> {
  const fixture = fixtureProcess(name, overrides);
  started.push(fixture);
  await fixture.process.start();
  return fixture;
}

afterEach(async () => {
  for (const { process, exits } of started.splice(0)) {
    const report = await process.stop('abort');
    expect(exits).toEqual([report]);
    await vi.waitFor(() => expect(groupMembers(report.pid ?? 0)).toEqual([]));
  }
});

describe('the stop of a Python process', () => {
  it('needs no signal when the process obeys the stop line', async () => {
    const { process, failures } = await start('ready');
    expect(await process.stop('normal')).toMatchObject({
      pid: process.pid,
      reason: { kind: 'exit', code: 0 },
      stopStep: 'stop',
      leftOthers: false,
      failure: null,
    });
    expect(failures).toEqual([]);
  });

  it('gives one report to everyone who asks, at whatever time', async () => {
    const { process } = await start('ready');
    const [first, second] = await Promise.all([process.stop('normal'), process.stop('normal')]);
    expect(second).toBe(first);
    expect(await process.stop('abort')).toBe(first);
    expect(await process.exited).toBe(first);
  });

  it('goes on to SIGTERM when the grace period is over, and lets the node clean up then', async () => {
    const { process, lines } = await start('clean_up_on_sigterm', { cleanupGracePeriodMs: 50 });
    expect(await process.stop('normal')).toMatchObject({ reason: { kind: 'exit', code: 0 }, stopStep: 'terminate' });
    expect(lines).toContainEqual({ source: 'node', text: 'cleaned up' });
  });

  it('goes on to SIGKILL half a second after a SIGTERM that was ignored', async () => {
    const { process, logged } = await start('ignore_sigterm', { cleanupGracePeriodMs: 50 });
    const report = await process.stop('normal');
    expect(report).toMatchObject({ reason: { kind: 'signal', signal: 'SIGKILL' }, stopStep: 'kill', failure: null });
    expect(report.stopMs).toBeGreaterThanOrEqual(550);
    expect(report.stopMs).toBeLessThan(3000);
    expect(logged.join('')).toContain(`[WARN] Process ${process.pid} (asr) did not end within its grace period`);
  });

  it('sends SIGTERM at once on an abort and leaves the grace period for cleanup', async () => {
    const { process, lines } = await start('clean_up_on_sigterm');
    expect(await process.stop('abort')).toMatchObject({ reason: { kind: 'exit', code: 0 }, stopStep: 'terminate' });
    expect(lines).toContainEqual({ source: 'node', text: 'cleaned up' });
  });

  it('kills after the grace period of an abort', async () => {
    const { process } = await start('ignore_sigterm', { cleanupGracePeriodMs: 50 });
    expect(await process.stop('abort')).toMatchObject({ stopStep: 'kill' });
  });

  it('is hastened by an abort that comes during a normal stop', async () => {
    const { process } = await start('clean_up_on_sigterm', { cleanupGracePeriodMs: 60_000 });
    const normal = process.stop('normal');
    expect(await process.stop('abort')).toBe(await normal);
    expect(await normal).toMatchObject({ stopStep: 'terminate' });
  });

  it('kills what the node forked and left behind, SIGTERM or not', async () => {
    const { process, lines } = await start('leave_children');
    const pid = process.pid ?? 0;
    expect(groupMembers(pid)).toEqual([pid, ...lines.map(({ text }) => Number(text))].sort((a, b) => a - b));
    expect(await process.stop('normal')).toMatchObject({ stopStep: 'stop', leftOthers: true });
    await vi.waitFor(() => expect(groupMembers(pid)).toEqual([]));
  });

  it('does not wait for a child that has left the group and holds every pipe', async () => {
    const { process, lines } = await start('leave_escaped_child');
    expect(await process.stop('normal')).toMatchObject({ reason: { kind: 'exit', code: 0 }, stopStep: 'stop' });
    const escaped = Number(lines[0]?.text);
    globalThis.process.kill(escaped, 'SIGKILL');
    await vi.waitFor(() => expect(groupMembers(escaped)).toEqual([]));
  });

  it('reports an exception in cleanup() without calling it a failure of the running node', async () => {
    const { process, failures } = await start('fail_in_cleanup');
    expect(await process.stop('normal')).toMatchObject({
      reason: { kind: 'exit', code: 1 },
      failure: { code: 'node.failed', message: expect.stringContaining('failed in cleanup: OSError: disk full') },
    });
    expect(failures).toEqual([]);
  });
});

describe('a process that died while the service was busy', () => {
  /** What it is told, of whose death nobody knows yet. */
  const LINES: Readonly<Record<string, (process: PythonProcess) => void>> = {
    'told to stop': (process) => void process.stop('normal'),
    'told to stop at once': (process) => void process.stop('abort'),
    'asked for a sign of life, and told to stop': (process) => {
      void process.ping(1000);
      void process.stop('normal');
    },
  };

  it.each(Object.entries(LINES))('has failed of what it said last, though it is then %s', async (_name, tell) => {
    const { process } = await start('fail_and_exit_on_signal');
    globalThis.process.kill(process.pid ?? 0, 'SIGUSR1');
    busyUntilDead(process.pid);
    tell(process);
    expect(await process.exited).toMatchObject({
      reason: { kind: 'exit', code: 1 },
      failure: { code: 'node.failed', message: expect.stringContaining('failed in flush: OSError: disk full') },
    });
  });
});

describe('a ping', () => {
  it('is answered by a live process and not by one that is gone', async () => {
    const { process } = await start('ready');
    expect(await process.ping(5000)).toBe(true);
    await process.stop('normal');
    expect(await process.ping(5000)).toBe(false);
  });

  it('is given up in time, and at once when the process dies', async () => {
    const { process } = await start('ignore_sigterm');
    expect(await process.ping(20)).toBe(false);
    const asked = process.ping(60_000);
    globalThis.process.kill(process.pid ?? 0, 'SIGKILL');
    expect(await asked).toBe(false);
  });
});

describe('a process that prints megabytes', () => {
  it('neither stops nor fills the memory', async () => {
    const ended = deferred<void>();
    const { process, logged } = await start('print_megabytes', {
      callbacks: { onEnded: () => ended.resolve(), onLog: () => undefined },
    });
    const before = globalThis.process.memoryUsage().rss;
    await ended.promise;
    expect(globalThis.process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
    expect(process.stderrTail.at(-1)).toBe('last line');
    expect(logged.length).toBeLessThan(20_000);
    expect(await process.stop('normal')).toMatchObject({ ended: { items_in: 0 } });
  });
});
