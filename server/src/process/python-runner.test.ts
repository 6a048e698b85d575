/** The same supervision with the SDK's own runner, real nodes and a real channel. */
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Domain, Instance, type Sender } from '@remotemedia/channel';
import { encodeFrame, type RemoteMediaError } from '@remotemedia/contract';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { deferred } from './deferred.js';
import { type FixtureProcess, fixtureProcess, groupMembers, PYTHON } from './fixtures/harness.js';
import { probe } from './probe.js';
import { pythonEnvironment } from './python-environment.js';
import type { PythonProcessOptions } from './python-process.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const NODES = join(ROOT, 'tests/fixtures/nodes');
const ENV = pythonEnvironment({ PATH: process.env['PATH'], PYTHONPATH: join(ROOT, 'python') });

let directory: string;
let instance: Instance;
let domain: Domain;
let input: Sender;
let running: FixtureProcess[] = [];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'rm-runner-'));
  instance = await Instance.open(directory);
});

afterAll(async () => {
  await instance.close();
  rmSync(directory, { recursive: true });
});

beforeEach(async () => {
  const rules = { capacity: 10, maxBytes: 1024 * 1024, lossless: true };
  domain = await instance.createDomain({
    inboxes: 2,
    edges: [
      { from: 0, to: 1, ...rules },
      { from: 1, to: 0, ...rules },
    ],
  });
  domain.listen(() => undefined);
  input = domain.openSender(0);
  domain.openReceiver(1);
});

afterEach(async () => {
  for (const { process } of running) {
    const { pid } = await process.stop('abort');
    await vi.waitFor(() => expect(groupMembers(pid ?? 0)).toEqual([]));
  }
  running = [];
  await domain.close();
});

interface Node extends FixtureProcess {
  failure: Promise<RemoteMediaError>;
}

function node(
  nodeType: string,
  params: Record<string, unknown> = {},
  overrides: Partial<PythonProcessOptions> = {},
  found: { module: string | null; module_paths: string[] } = { module: null, module_paths: [NODES] },
): Node {
  const failure = deferred<RemoteMediaError>();
  const fixture = fixtureProcess('', {
    executable: PYTHON,
    program: ['-m', 'remotemedia'],
    env: ENV,
    configure: {
      type: 'configure',
      session_id: 'abc123',
      node_id: 'asr',
      node_type: nodeType,
      params,
      ...found,
      modules: [],
      root: domain.root,
      prefix: domain.prefix,
      inbox: 1,
      inputs: [{ edge: 0, from: '' }],
      outputs: [{ edge: 1, to: '' }],
      process_timeout_ms: null,
      log_level: 'info',
    },
    callbacks: { onFailure: (error) => failure.resolve(error), ...overrides.callbacks },
    ...overrides,
  });
  running.push(fixture);
  return { ...fixture, failure: failure.promise };
}

function send(text: string, sequence: number): void {
  const data = {
    kind: 'text',
    textData: Buffer.from(text),
    encoding: 'utf-8',
    language: '',
    channel: '',
    metadata: {},
  } as const;
  const { kind, body, meta } = encodeFrame(data);
  input.trySend(kind, sequence, 0, body, meta);
}

describe('a node of the SDK', () => {
  it('becomes ready, shows itself in ps, and cleans up when it is stopped', async () => {
    const marker = join(directory, 'clean');
    const { process, progress } = node('MarkCleanupNode', { marker });
    await process.start();
    const steps = progress.map(({ status, message }) => `${status} ${message}`.trim());
    expect([steps[0], steps.at(-2), steps.at(-1)]).toEqual([
      'starting wiring',
      'starting importing module mark_cleanup',
      'loading_model',
    ]);
    const command = readFileSync(`/proc/${process.pid}/cmdline`, 'utf8').split('\0').slice(1, -1);
    expect(command).toEqual(['-m', 'remotemedia', 'asr', '--session', 'abc123']);
    expect(await process.stop('normal')).toMatchObject({
      reason: { kind: 'exit', code: 0 },
      stopStep: 'stop',
      failure: null,
    });
    expect(existsSync(marker)).toBe(true);
  });

  it('cleans up when it is aborted, too', async () => {
    const marker = join(directory, 'clean after abort');
    const { process } = node('MarkCleanupNode', { marker });
    await process.start();
    expect(await process.stop('abort')).toMatchObject({ reason: { kind: 'exit', code: 0 }, stopStep: 'terminate' });
    expect(existsSync(marker)).toBe(true);
  });

  it('fails to start with its traceback', async () => {
    await expect(node('CrashOnInitNode').process.start()).rejects.toMatchObject({
      code: 'process.init_failed',
      message: "Node 'asr' (CrashOnInitNode) failed in initialize: FileNotFoundError: no model at /models/missing.bin",
      details: { traceback: expect.stringContaining('crash_on_init.py') },
    });
  });

  it('fails to start when no module registers it', async () => {
    await expect(node('NobodysNode').process.start()).rejects.toMatchObject({
      code: 'process.init_failed',
      message: expect.stringContaining('NobodysNode'),
    });
  });

  it.each([
    ['no module but the one that has it', 'z_last', false],
    ['all of them when it is not where it was', 'moved_since', true],
  ])('imports %s', async (_, module, importsOthers) => {
    const folder = mkdtempSync(join(directory, 'nodes-'));
    const marker = join(folder, 'imported');
    writeFileSync(join(folder, 'a_first.py'), `open(${JSON.stringify(marker)}, 'w').close()\n`);
    copyFileSync(join(NODES, 'echo.py'), join(folder, 'z_last.py'));
    await node('EchoNode', {}, {}, { module, module_paths: [folder] }).process.start();
    expect(existsSync(marker)).toBe(importsOthers);
  });

  it('fails to start when it is too slow, with its last progress', async () => {
    const { process } = node('SlowInitNode', { steps: 2, step_secs: 3600 }, { initTimeoutMs: 2000 });
    await expect(process.start()).rejects.toMatchObject({
      code: 'process.init_timeout',
      message: expect.stringContaining('last progress: 0 %, step 1 of 2 (initialize() running'),
    });
  });

  it('ends at once when its start is aborted', async () => {
    const abort = new AbortController();
    const overrides = {
      callbacks: { onProgress: ({ fraction }: { fraction: number | null }) => fraction !== null && abort.abort() },
    };
    const { process } = node('SlowInitNode', { steps: 2, step_secs: 3600 }, overrides);
    await expect(process.start(abort.signal)).rejects.toMatchObject({ code: 'session.cancelled' });
    expect(await process.stop('abort')).toMatchObject({ stopStep: 'terminate' });
  });

  it('has failed with traceback and sequence when process() raises', async () => {
    const { process, failure } = node('RaiseInProcessNode', { after: 1 });
    await process.start();
    send('good', 6);
    send('bad', 7);
    expect(await failure).toMatchObject({
      code: 'node.failed',
      message: "Node 'asr' (RaiseInProcessNode) failed in process on message 7: ValueError: cannot read this text",
      details: { sequence: 7, traceback: expect.stringContaining('raise_in_process.py') },
    });
  });

  it('has reached a limit when it puts out more than a connection may hold', async () => {
    const { process, failure } = node('TextToAudioNode');
    await process.start();
    send('x'.repeat(40), 7); // 32,000 bytes of audio each, and the connection has room for 1 MiB
    expect(await failure).toMatchObject({
      code: 'limit.message_size',
      nodeId: 'asr',
      message: expect.stringMatching(
        /'asr' .* message 7: .*12800\d\d bytes is larger than shm_segment_size, 1048576 bytes$/,
      ),
      details: { sequence: 7 },
    });
  });

  it.each([
    ['Exit3Node', { exitCode: 3, stderr: ['fatal: device lost'] }],
    ['KillSelfNode', { signal: 'SIGKILL' }],
  ])('is crashed when it dies: %s', async (nodeType, details) => {
    const { process, failure } = node(nodeType);
    await process.start();
    send('last', 1);
    expect(await failure).toMatchObject({ code: 'process.crashed', nodeId: 'asr', details });
  });

  it('answers pings while its own code hangs, and is killed after the grace period', async () => {
    const { process } = node('HangNode', {}, { cleanupGracePeriodMs: 100 });
    await process.start();
    send('hang', 1);
    await vi.waitFor(() => expect(domain.stats(0).taken).toBe(1));
    expect(await process.ping(5000)).toBe(true);
    expect(await process.stop('abort')).toMatchObject({ stopStep: 'kill', reason: { signal: 'SIGKILL' } });
  });

  it('is killed with everything it forked', async () => {
    const { process } = node('ForkChildNode');
    await process.start();
    expect(groupMembers(process.pid ?? 0)).toHaveLength(2);
    expect(await process.stop('normal')).toMatchObject({ leftOthers: true });
  });

  it('is killed when it ignores everything else', async () => {
    const { process } = node('IgnoreSigtermNode', {}, { cleanupGracePeriodMs: 100 });
    await process.start();
    expect(await process.stop('normal')).toMatchObject({ stopStep: 'kill' });
  });
});

describe('the probe of the SDK', () => {
  it('finds every node type, and tells of what it could not import', async () => {
    const result = await probe({
      executable: PYTHON,
      modulePaths: [NODES, join(NODES, 'import-error'), join(NODES, 'bad-schema')],
      modules: [],
      cwd: directory,
      env: ENV,
    });
    expect(result.nodes.map(({ type }) => type)).toContain('EchoNode');
    expect(result.nodes.find(({ type }) => type === 'TextToAudioNode')).toMatchObject({
      inputTypes: ['text'],
      outputTypes: ['audio'],
    });
    expect(result.nodes.find(({ type }) => type === 'TypedParamsNode')?.paramsSchema).toMatchObject({
      required: ['voice'],
    });
    expect(result.errors.map(({ module, errorType }) => [module, errorType])).toEqual([
      ['needs_missing_module', 'ModuleNotFoundError'],
      ['bad_schema', 'TypeError'],
    ]);
  });
});
