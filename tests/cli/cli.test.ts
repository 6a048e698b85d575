import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { makeWavHeader } from '@remotemedia/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FIXTURE_NODES } from '../harness/service.js';
import { Command, jsonLines, type Outcome } from './command.js';

const COMMAND = fileURLToPath(new URL('../../cli/bin/remotemedia.mjs', import.meta.url));
const execBash = promisify(execFile);

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'remotemedia-cli-'));
  // A node that hangs on purpose need not have the usual five seconds to clean up.
  const settings = `[multiprocess]\ncleanup_grace_period_secs = 0.5\n[multiprocess.python]\nextra_paths = ["${FIXTURE_NODES}"]\n`;
  await writeFile(join(folder, 'runtime.toml'), settings);
  await writeFile(join(folder, 'speech.wav'), wav(8000));
  await writeFile(join(folder, 'words.txt'), 'go forward');
  await writeManifest('native', { in: 'PassThrough' });
  await writeManifest('python', { chunk: 'AudioChunkerNode', echo: 'EchoNode' });
  await writeManifest('raises', { in: 'RaiseInProcessNode' });
  await writeManifest('hangs', { in: 'HangNode' });
  await writeManifest('unknown', { in: 'PassThru' });
});

afterAll(() => rm(folder, { recursive: true }));

const run = (...args: string[]): Promise<Outcome> => new Command(args, folder).end();

/** A manifest that connects its nodes in a line, as YAML would be written by hand. */
async function writeManifest(name: string, nodes: Readonly<Record<string, string>>): Promise<void> {
  const ids = Object.keys(nodes);
  const manifest = {
    version: 'v1',
    nodes: Object.entries(nodes).map(([id, node_type]) => ({ id, node_type, params: {} })),
    connections: ids.slice(1).map((to, index) => ({ from: ids[index], to })),
  };
  await writeFile(join(folder, `${name}.json`), JSON.stringify(manifest));
}

/** 16-bit mono at 16 kHz with so many samples of a ramp. */
function wav(samples: number): Buffer {
  const format = { encoding: 'integer', bits: 16, channels: 1, sampleRate: 16_000 } as const;
  const ramp = Int16Array.from({ length: samples }, (_, index) => index);
  return Buffer.concat([makeWavHeader(format, ramp.byteLength), Buffer.from(ramp.buffer)]);
}

describe('run', () => {
  test('sends a WAV file through a Python process and writes the same samples back', async () => {
    const outcome = await run(
      'run',
      'python.json',
      '--config',
      'runtime.toml',
      '-i',
      'chunk=speech.wav',
      '-o',
      'echo=out.wav',
    );
    expect(outcome).toMatchObject({ exitCode: 0, stdout: '' });
    expect(outcome.stderr).toContain('echo: 0.50 s of audio, 16000 Hz, 1 channel → out.wav');
    const [sent, received] = await Promise.all(['speech.wav', 'out.wav'].map((name) => readFile(join(folder, name))));
    expect(received?.equals(sent ?? Buffer.alloc(0))).toBe(true);
  });

  test('prints text results on stdout', async () => {
    expect(await run('run', 'native.json', '-i', 'in=words.txt')).toMatchObject({
      exitCode: 0,
      stdout: 'in: go forward\n',
    });
  });

  test('with --json ends with one line that has counts and costs', async () => {
    const { exitCode, stdout } = await run('run', 'native.json', '-i', 'in=words.txt', '--json');
    expect(exitCode).toBe(0);
    const events = jsonLines(stdout);
    expect(events.at(-1)).toMatchObject({ event: 'done', results: { in: 1 } });
    expect(events).toContainEqual(expect.objectContaining({ event: 'result', text: 'go forward' }));
  });

  test('a node that raises ends it with exit code 1, the traceback, and no half-written file', async () => {
    await writeFile(join(folder, 'kept.txt'), 'from before');
    const { exitCode, stderr } = await run(
      ...['run', 'raises.json', '--config', 'runtime.toml', '-i', 'in=words.txt', '-o', 'in=kept.txt'],
    );
    expect(exitCode).toBe(1);
    expect(stderr).toContain("error: Node 'in' (RaiseInProcessNode) failed");
    expect(stderr).toMatch(/raise_in_process\.py", line \d+, in process/);
    expect(await readFile(join(folder, 'kept.txt'), 'utf8')).toBe('from before');
  });

  test('Ctrl-C cancels it, also when the node never comes back', async () => {
    const command = new Command(
      ['run', 'hangs.json', '--config', 'runtime.toml', '-i', 'in=words.txt', '--json'],
      folder,
    );
    await command.line(/"event":"ready"/);
    command.kill('SIGINT');
    const { exitCode, stdout } = await command.end();
    expect(exitCode).toBe(130);
    expect(jsonLines(stdout).at(-1)).toMatchObject({ event: 'error', code: 'session.cancelled', exit_code: 130 });
  });

  test.each([
    ['an invalid manifest', ['run', 'unknown.json'], 3, "Unknown node type 'PassThru'; did you mean PassThrough?"],
    ['a file that is not there', ['run', 'native.json', '-i', 'in=no.wav'], 2, 'cannot read no.wav: it is not there'],
    ['a node that is not there', ['run', 'native.json', '-i', 'inn=words.txt'], 2, 'the manifest has no such node'],
    [
      'no service',
      ['run', 'native.json', '--address', '127.0.0.1:1'],
      4,
      'The service at 127.0.0.1:1 cannot be reached',
    ],
  ])('%s has an exit code of its own', async (_what, args, exitCode, text) => {
    const outcome = await run(...args);
    expect(outcome.exitCode).toBe(exitCode);
    expect(outcome.stderr).toContain(text);
  });
});

describe('serve', () => {
  test('says where it listens, serves others, and drains on SIGTERM', async () => {
    const service = new Command(['serve', '--port', '0', '--config', 'runtime.toml', '--json'], folder);
    const { address } = JSON.parse(await service.line(/listening/)) as { address: string };
    expect(address).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(await run('run', 'native.json', '-i', 'in=words.txt', '--address', address)).toMatchObject({
      exitCode: 0,
      stdout: 'in: go forward\n',
    });
    const list = await run('nodes', 'list', '--address', address);
    expect(list.stdout.split('\n')).toContain('EchoNode');

    const [port = ''] = address.match(/\d+$/) ?? [];
    const second = await run('serve', '--port', port);
    expect(second.exitCode).toBe(2);
    expect(second.stderr).toContain(`port ${port} of 127.0.0.1 is taken`);

    service.kill('SIGTERM');
    const { exitCode, stdout } = await service.end();
    expect(exitCode).toBe(0);
    const events = jsonLines(stdout).map(({ event }) => event);
    expect(events.at(0)).toBe('listening');
    expect(events).toContain('session.ended');
    expect(events.at(-1)).toBe('stopped');
  });

  test('without --json prints the one line that programs wait for', async () => {
    const service = new Command(['serve', '--port', '0'], folder);
    expect(await service.line(/./)).toMatch(/^listening on 127\.0\.0\.1:\d+$/);
    service.kill('SIGINT');
    expect(await service.end()).toMatchObject({ exitCode: 0 });
  });
});

describe('without running anything', () => {
  test('validate lists every problem, or says that there is none', async () => {
    expect(await run('validate', 'python.json', '--config', 'runtime.toml')).toMatchObject({
      exitCode: 0,
      stdout: 'python.json is valid: 2 nodes, 1 connection\n',
    });
    const invalid = await run('validate', 'unknown.json', '--json');
    expect(invalid.exitCode).toBe(3);
    expect(jsonLines(invalid.stdout)).toMatchObject([{ valid: false, error: { code: 'manifest.unknown_node_type' } }]);
  });

  test('validate says how audio would be converted, or that it does not fit', async () => {
    const manifest = {
      version: 'v1',
      nodes: ['Tone24kNode', 'Take16kMonoNode'].map((node_type) => ({ id: node_type.slice(0, 4), node_type })),
      connections: [{ from: 'Tone', to: 'Take' }],
    };
    const metadata = { multiprocess: { auto_convert: true } };
    await writeFile(join(folder, 'unfit.json'), JSON.stringify(manifest));
    await writeFile(join(folder, 'converted.json'), JSON.stringify({ ...manifest, metadata }));
    const refused = await run('validate', 'unfit.json', '--config', 'runtime.toml');
    expect(refused.exitCode).toBe(3);
    expect(refused.stderr).toContain('gives 24000 Hz, 1 channel, i16');
    const { stdout } = await run('validate', 'converted.json', '--config', 'runtime.toml');
    expect(stdout).toBe(
      'converts Tone → Take: 24000 Hz, 1 channel, i16 → 16000 Hz, 1 channel, i16\n' +
        'converted.json is valid: 2 nodes, 1 connection\n',
    );
    const json = await run('validate', 'converted.json', '--config', 'runtime.toml', '--json');
    expect(jsonLines(json.stdout)).toMatchObject([
      { valid: true, conversions: [{ from: 'Tone', to: 'Take', node: 'Take__from__Tone' }] },
    ]);
  });

  test('nodes list shows native and Python nodes; nodes info shows parameters', async () => {
    const list = await run('nodes', 'list', '--config', 'runtime.toml');
    expect(list.stdout).toMatch(/^AudioChunkerNode +native +audio → audio/m);
    expect(list.stdout).toMatch(/^EchoNode +python +any → any/m);
    const info = await run('nodes', 'info', 'AudioChunkerNode');
    expect(info.stdout).toContain('chunk_size: integer, default 1024');
  });

  test('a module that cannot be imported is named with its traceback', async () => {
    const config = join(folder, 'broken.toml');
    await writeFile(config, `[multiprocess.python]\nextra_paths = ["${join(FIXTURE_NODES, 'import-error')}"]\n`);
    const { exitCode, stderr } = await run('nodes', 'list', '--config', config);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/Python module needs_missing_module could not be imported: ModuleNotFoundError/);
    expect(stderr).toContain('traceback:');
  });

  test('config explain names the layer of each value', async () => {
    const { stdout } = await run('config', 'explain', '--config', 'runtime.toml');
    expect(stdout).toMatch(/^multiprocess\.channel_capacity +100 messages +default$/m);
    expect(stdout).toContain(`["${FIXTURE_NODES}"]`);
  });
});

test('whoever pipes its output into a program that has enough sees no stack trace', async () => {
  const pipe = `set -o pipefail; "$0" config explain --config runtime.toml | true`;
  const failure = await execBash('bash', ['-c', pipe, COMMAND], { cwd: folder }).then(
    () => null,
    (error: { code: number; stderr: string }) => error,
  );
  expect(failure).toMatchObject({ code: 141, stderr: '' });
});
