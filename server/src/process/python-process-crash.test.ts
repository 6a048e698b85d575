import type { RemoteMediaError } from '@remotemedia/contract';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { deferred } from './deferred.js';
import { CONFIGURE, type FixtureProcess, fixtureProcess, groupMembers } from './fixtures/harness.js';

const started: FixtureProcess[] = [];

interface Running extends FixtureProcess {
  failure: Promise<RemoteMediaError>;
}

async function start(name: string, processTimeoutMs: number | null = null): Promise<Running> {
  const failure = deferred<RemoteMediaError>();
  const fixture = fixtureProcess(name, {
    configure: { ...CONFIGURE, process_timeout_ms: processTimeoutMs },
    callbacks: { onFailure: (error) => failure.resolve(error) },
  });
  started.push(fixture);
  await fixture.process.start();
  return { ...fixture, failure: failure.promise };
}

afterEach(async () => {
  for (const { process, exits } of started.splice(0)) {
    const report = await process.stop('abort');
    expect(exits).toEqual([report]);
    await vi.waitFor(() => expect(groupMembers(report.pid ?? 0)).toEqual([]));
  }
});

describe('a Python process that fails after it was ready', () => {
  it('is crashed with its exit code and last lines', async () => {
    const { process, failure } = await start('exit_3_when_ready');
    const error = await failure;
    expect(error).toMatchObject({
      code: 'process.crashed',
      nodeId: 'asr',
      message: `Process ${process.pid} of node 'asr' exited with code 3; last line on stderr: about to exit`,
      details: { exitCode: 3, stderr: ['about to exit'] },
    });
    expect(await process.exited).toMatchObject({ reason: { kind: 'exit', code: 3 }, stopStep: 'none', failure: error });
  });

  it('is crashed with the name of the signal that killed it', async () => {
    const { process, failure } = await start('ready');
    globalThis.process.kill(process.pid ?? 0, 'SIGKILL');
    expect(await failure).toMatchObject({
      code: 'process.crashed',
      message: `Process ${process.pid} of node 'asr' was killed by SIGKILL`,
      details: { signal: 'SIGKILL' },
    });
  });

  it('takes what it forked along', async () => {
    const { process, failure } = await start('leave_children');
    const pid = process.pid ?? 0;
    globalThis.process.kill(pid, 'SIGKILL');
    await failure;
    expect(await process.exited).toMatchObject({ leftOthers: true });
    await vi.waitFor(() => expect(groupMembers(pid)).toEqual([]));
  });

  it('has failed as a node when it reports an exception, once', async () => {
    const { process, failure, failures } = await start('fail_when_ready');
    const error = await failure;
    expect(error).toMatchObject({
      code: 'node.failed',
      message: "Node 'asr' (WhisperNode) failed in process on message 17: KeyError: 'rate'",
      details: { sequence: 17, traceback: expect.stringContaining('KeyError'), stderr: ['bad input'] },
    });
    expect((await process.stop('abort')).failure).toBe(error);
    expect(failures).toEqual([]);
  });

  it('is unresponsive when its runner reports a message that takes too long', async () => {
    const { failure } = await start('hang_when_ready');
    expect(await failure).toMatchObject({
      code: 'process.unresponsive',
      message: expect.stringContaining('failed in process on message 3: ProcessTimeout: process() has not returned'),
    });
  });

  it('is unresponsive when its native thread tells that flush() has not come back', async () => {
    const { failure, process } = await start('hang_in_flush', 100);
    expect(await failure).toMatchObject({
      code: 'process.unresponsive',
      message:
        `Process ${process.pid} of node 'asr' (WhisperNode) has been in flush() for 60.0 s, holding the interpreter ` +
        '(process_timeout_secs is 0.1)',
      details: { setting: 'process_timeout_secs', allowed: 0.1 },
    });
  });

  it('is out of control when it sends a line without end', async () => {
    const { process, failure } = await start('endless_control_line');
    expect(await failure).toMatchObject({
      code: 'process.crashed',
      message: expect.stringMatching(
        /^Process \d+ of node 'asr' sent a control line of \d+ bytes; 1048576 are allowed$/,
      ),
    });
    expect(process.state).toBe('ready');
  });

  it('is out of control when it closes its control pipe and runs on', async () => {
    const { failure } = await start('close_control');
    expect(await failure).toMatchObject({
      code: 'process.crashed',
      message: expect.stringContaining('closed its control pipe'),
    });
  });
});
