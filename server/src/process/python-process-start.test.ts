import { afterEach, describe, expect, it, vi } from 'vitest';
import { busyUntilDead, type FixtureProcess, fixtureProcess, groupMembers } from './fixtures/harness.js';
import type { PythonProcessOptions } from './python-process.js';

const started: FixtureProcess[] = [];

function prepare(name: string, overrides: Partial<PythonProcessOptions> = {}): FixtureProcess {
  const fixture = fixtureProcess(name, overrides);
  started.push(fixture);
  return fixture;
}

/** The error that a start is rejected with. */
function startError(fixture: FixtureProcess, signal?: AbortSignal): Promise<unknown> {
  return fixture.process.start(signal).then(
    () => expect.fail('the start succeeded'),
    (error: unknown) => error,
  );
}

afterEach(async () => {
  for (const { process, exits } of started.splice(0)) {
    const report = await process.stop('abort');
    expect(process.state).toBe('exited');
    expect(exits).toEqual([report]);
    if (report.pid !== null) await vi.waitFor(() => expect(groupMembers(report.pid ?? 0)).toEqual([]));
  }
});

describe('the start of a Python process', () => {
  it('is over when the node is wired and initialised, and tells its progress until then', async () => {
    const { process, progress, logged } = prepare('ready');
    expect(process.state).toBe('spawning');
    const report = await process.start();
    expect(process.state).toBe('ready');
    expect(report.startMs).toBeGreaterThan(0);
    expect(progress).toMatchObject([
      { status: 'starting', fraction: null },
      { status: 'loading_model', fraction: 0.5, message: 'loading WhisperNode' },
    ]);
    expect(logged[0]).toBe('[INFO] Session abc123: Spawning process for node asr\n');
    await process.stop('normal');
    expect(logged.at(-1)).toBe(`[DEBUG] Process ${process.pid} (asr) terminated\n`);
  });

  it('fails with spawn_failed when there is no such interpreter', async () => {
    const fixture = prepare('ready', { executable: '/nowhere/python' });
    expect(await startError(fixture)).toMatchObject({
      code: 'process.spawn_failed',
      nodeId: 'asr',
      message: expect.stringContaining('/nowhere/python'),
    });
    expect(fixture.exits).toMatchObject([{ pid: null, reason: { kind: 'not_spawned' } }]);
  });

  it('fails with spawn_failed when the process exits before it says anything', async () => {
    const error = await startError(prepare('exit_silently'));
    expect(error).toMatchObject({
      code: 'process.spawn_failed',
      message: expect.stringMatching(/exited with code 1 before it reported anything; .*No module named remotemedia$/),
      details: { exitCode: 1, stderr: ['No module named remotemedia'] },
    });
  });

  it('fails with init_failed when the process exits while it loads', async () => {
    expect(await startError(prepare('exit_while_loading'))).toMatchObject({
      code: 'process.init_failed',
      message: expect.stringContaining('exited with code 7 before it was ready'),
      details: { exitCode: 7, stderr: ['license expired'] },
    });
  });

  it('is known to have begun although the service was busy for all of its life, and asked it for a sign just then', async () => {
    const fixture = prepare('exit_while_loading');
    const failure = startError(fixture);
    const child = fixture.process;
    await new Promise((resolve) => setImmediate(resolve));
    // Writing to a dead process must not cost what it said.
    busyUntilDead(child.pid);
    void child.ping(1000);
    expect(await failure).toMatchObject({ code: 'process.init_failed', details: { exitCode: 7 } });
  });

  it('fails with the exception and the traceback when initialize() raises', async () => {
    const fixture = prepare('init_raises');
    const error = await startError(fixture);
    expect(error).toMatchObject({
      code: 'process.init_failed',
      nodeId: 'asr',
      message: "Node 'asr' (WhisperNode) failed in initialize: ValueError: no such model: huge",
      details: { traceback: expect.stringContaining('line 3'), stderr: ['Traceback printed by the node'] },
    });
    expect((await fixture.process.stop('abort')).failure).toBe(error);
    expect(fixture.failures).toEqual([]);
  });

  it('fails with init_timeout that quotes the last progress and what to change', async () => {
    const fixture = prepare('init_hangs', { initTimeoutMs: 1000 });
    expect(await startError(fixture)).toMatchObject({
      code: 'process.init_timeout',
      message: expect.stringMatching(
        /^Process spawn timeout: .* after 1 s \(last progress: 40 %, weights \(initialize\(\) running.*\)\); init_timeout_secs is 1 \(default\): increase init_timeout_secs .*; last line on stderr: downloading weights$/,
      ),
      details: { stderr: ['downloading weights'], setting: 'init_timeout_secs', allowed: 1 },
    });
    expect(await fixture.process.stop('abort')).toMatchObject({ reason: { kind: 'signal', signal: 'SIGTERM' } });
  });

  it('ends at once when it is aborted, and so does the process', async () => {
    const abort = new AbortController();
    const reason = new Error('client gone');
    const fixture = prepare('init_hangs', { callbacks: { onProgress: () => abort.abort(reason) } });
    expect(await startError(fixture, abort.signal)).toMatchObject({ code: 'session.cancelled', cause: reason });
    const report = await fixture.process.stop('abort');
    expect(report).toMatchObject({ stopStep: 'terminate', failure: null });
  });

  it('spawns nothing when it is aborted already', async () => {
    const fixture = prepare('ready');
    expect(await startError(fixture, AbortSignal.abort())).toMatchObject({ code: 'session.cancelled' });
    expect(fixture.process.pid).toBeNull();
  });

  it('ends when the process is stopped meanwhile', async () => {
    const fixture = prepare('init_hangs');
    const start = startError(fixture);
    await fixture.process.stop('abort');
    expect(await start).toMatchObject({ code: 'session.cancelled' });
  });

  it('is refused after a stop, and a second time', async () => {
    const stopped = prepare('ready');
    expect(await stopped.process.stop('normal')).toMatchObject({ pid: null, reason: { kind: 'never_started' } });
    expect(await startError(stopped)).toMatchObject({ code: 'internal' });
    const running = prepare('ready');
    await running.process.start();
    expect(await startError(running)).toMatchObject({ code: 'internal' });
    expect(running.process.state).toBe('ready');
  });

  it('skips lines it does not know, and logs them', async () => {
    const { process, logged } = prepare('talk_nonsense');
    await process.start();
    expect(logged.filter((line) => line.includes('Control line skipped'))).toHaveLength(3);
  });
});
