import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ServiceProcess } from '../harness/service-process.js';
import { UserFolder } from './user-folder.js';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

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
let folder: UserFolder;
let snippet: string;

beforeAll(async () => {
  service = await ServiceProcess.start();
  folder = await UserFolder.make();
  snippet = await readFile(here('snippets/node.txt'), 'utf8');
});

afterAll(async () => {
  await service.dispose();
  await folder.remove();
});

/** Runs a program beside its manifest. */
async function runProgram(program: string, manifest: object): Promise<{ stdout: string; stderr: string }> {
  await folder.write('manifest.json', JSON.stringify(manifest));
  await folder.write('client.js', program);
  return await folder.run('client.js');
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
