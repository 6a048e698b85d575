import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ServiceProcess } from '../harness/service-process.js';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const run = promisify(execFile);

/** The manifest of the quick start, with nodes that need no model. */
const MANIFEST = {
  version: 'v1',
  metadata: {
    name: 'speech-to-speech-pipeline',
    multiprocess: {
      max_processes_per_session: 10,
      channel_capacity: 100,
      init_timeout_secs: 30,
      python_executable: 'python',
      enable_backpressure: true,
    },
  },
  nodes: [
    { id: 'input_chunker', node_type: 'AudioChunkerNode', params: { chunk_size: 1024 } },
    { id: 'whisper_asr', node_type: 'EchoNode', params: { model: 'base', language: 'en' } },
    { id: 'vibe_tts', node_type: 'CounterNode', params: {} },
  ],
  connections: [
    { from: 'input_chunker', to: 'whisper_asr' },
    { from: 'whisper_asr', to: 'vibe_tts' },
  ],
};

let service: ServiceProcess;
let folder: string;
let snippet: string;

beforeAll(async () => {
  service = await ServiceProcess.start();
  folder = await mkdtemp(join(tmpdir(), 'rm-snippet-'));
  await mkdir(join(folder, 'node_modules/@remotemedia'), { recursive: true });
  await symlink(here('../../client'), join(folder, 'node_modules/@remotemedia/client'));
  await symlink(here('../../node_modules/@grpc'), join(folder, 'node_modules/@grpc'));
  snippet = await readFile(here('snippets/node.txt'), 'utf8');
});

afterAll(async () => {
  await service.dispose();
  await rm(folder, { recursive: true, force: true });
});

/** Runs a program in a folder that is a user's: a manifest, and the packages that npm has put there. */
async function runProgram(program: string, manifest: object): Promise<{ stdout: string; stderr: string }> {
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest));
  await writeFile(join(folder, 'client.js'), program);
  return await run(process.execPath, ['client.js'], { cwd: folder });
}

/** The snippet for the port of the test's service. Both replacements must find what they look for. */
function forService(loader: string): string {
  const port = service.address.slice(service.address.lastIndexOf(':') + 1);
  const program = snippet
    .replace(':50051', `:${port}`)
    .replace("require('@grpc/proto-loader')", `require('${loader}')`);
  expect(program).toContain(`require('${loader}')`);
  expect(program).toContain(`'localhost:${port}'`);
  return program;
}

describe("the quick start's Node.js client", () => {
  it('runs its manifest, with the name of the loader changed and nothing else', async () => {
    const { stdout, stderr } = await runProgram(forService('@remotemedia/client'), MANIFEST);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^Pipeline executed: \{/);
    expect(stdout).toContain("status: 'SUCCESS'");
    // One message: no input was sent, so the counter has counted none.
    expect(stdout).toContain('dataOutputs: { vibe_tts:');
    expect(stdout).not.toContain('warnings');
  });

  it('prints the error of a manifest that is wrong, with the node and the remedy', async () => {
    const nodes = [{ id: 'chunker', node_type: 'AudioChunker' }];
    const program = forService('@remotemedia/client');
    const { stderr } = await runProgram(program, { ...MANIFEST, nodes, connections: [] });
    expect(stderr).toMatch(/^Error: Error: 3 INVALID_ARGUMENT: Manifest validation error: Unknown node type/);
    expect(stderr).toContain("Unknown node type 'AudioChunker'; did you mean AudioChunkerNode?");
  });

  it('ends with DEADLINE_EXCEEDED when a node takes too long to start', async () => {
    const nodes = [{ id: 'model', node_type: 'SlowInitNode', params: { steps: 100, step_secs: 1 } }];
    const metadata = { name: 'slow', multiprocess: { init_timeout_secs: 1 } };
    const program = forService('@remotemedia/client').replace(
      'if (err) {',
      "if (err && err.code === grpc.status.DEADLINE_EXCEEDED) console.log('Initialization timeout');\n  if (err) {",
    );
    const { stdout, stderr } = await runProgram(program, { ...MANIFEST, metadata, nodes, connections: [] });
    expect(stdout).toBe('Initialization timeout\n');
    expect(stderr).toMatch(/4 DEADLINE_EXCEEDED: Process spawn timeout.*model.*init_timeout_secs/);
  });

  it('fails in the client with the stock loader, and says what it does not take', async () => {
    const { stdout, stderr } = await runProgram(
      `process.chdir(${JSON.stringify(here('../../proto'))});\n${forService('@grpc/proto-loader')}`,
      MANIFEST,
    );
    expect(stdout).toBe('');
    expect(stderr).toMatch(
      /^Error: Error: 13 INTERNAL: Request message serialization failure: .remotemedia.v1.NodeManifest.params: object expected/,
    );
  });
});
