import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { leftovers, NOTHING_LEFT, startTestService, type TestService } from '../harness/service.js';
import { GoClient } from './go-client.js';

const grpcurl = new GoClient('grpcurl');
const EXECUTE = 'remotemedia.v1.PipelineExecutionService/ExecutePipeline';
const STREAM = 'remotemedia.v1.StreamingPipelineService/StreamPipeline';

/** The shape of the guide: a bare manifest with parameters as objects and settings of its own. */
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
    { id: 'input_chunker', node_type: 'AudioChunkerNode', params: { chunk_size: 4 } },
    { id: 'whisper_asr', node_type: 'EchoNode', params: {} },
  ],
  connections: [{ from: 'input_chunker', to: 'whisper_asr' }],
};

interface Failure {
  readonly error: { readonly code: number; readonly message: string; readonly details?: readonly unknown[] };
}

describe.skipIf(grpcurl.whyNot !== null)('grpcurl, with no .proto file', () => {
  let running: TestService;

  beforeAll(async () => {
    running = await startTestService();
  });

  afterAll(async () => {
    await running.close();
  });

  const run = (args: readonly string[], input?: string) => grpcurl.run(['-plaintext', ...args], input);

  async function call(method: string, ...requests: unknown[]): Promise<Record<string, unknown>[]> {
    const input = requests.map((request) => JSON.stringify(request)).join('\n');
    const { code, stdout, stderr } = await run(['-emit-defaults', '-d', '@', running.address, method], input);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return JSON.parse(`[${stdout.replaceAll(/^\}\n\{/gm, '},{')}]`) as Record<string, unknown>[];
  }

  async function failureOf(request: unknown): Promise<Failure['error']> {
    const args = ['-format-error', '-d', '@', running.address, EXECUTE];
    const { code, stderr } = await run(args, JSON.stringify(request));
    expect(code).toBeGreaterThan(0);
    return JSON.parse(stderr) as Failure['error'];
  }

  it('lists the services and their methods', async () => {
    const services = await run([running.address, 'list']);
    expect(services.stdout.trim().split('\n')).toEqual([
      'grpc.health.v1.Health',
      'grpc.reflection.v1.ServerReflection',
      'grpc.reflection.v1alpha.ServerReflection',
      'remotemedia.v1.PipelineExecutionService',
      'remotemedia.v1.StreamingPipelineService',
    ]);
    const methods = await run([running.address, 'list', 'remotemedia.v1.PipelineExecutionService']);
    expect(methods.stdout).toContain('remotemedia.v1.PipelineExecutionService.ExecutePipeline\n');
  });

  it('describes every service', async () => {
    const { code, stdout } = await run([running.address, 'describe']);
    expect(code).toBe(0);
    expect(stdout).toContain('rpc Watch ( .grpc.health.v1.HealthCheckRequest ) returns ( stream');
    expect(stdout).toContain(
      'rpc StreamPipeline ( stream .remotemedia.v1.StreamRequest ) returns ( stream .remotemedia.v1.StreamResponse );',
    );
  });

  it('describes params as a map of values, and a request by an example', async () => {
    const { stdout: node } = await run([running.address, 'describe', 'remotemedia.v1.NodeManifest']);
    expect(node).toContain('map<string, .google.protobuf.Value> params = 3;');
    const { stdout: field } = await run([running.address, 'describe', 'remotemedia.v1.NodeManifest.params']);
    expect(field).toContain('is a field');
    const template = ['-msg-template', running.address, 'describe', 'remotemedia.v1.ExecuteRequest'];
    expect((await run(template)).stdout).toContain('"manifestJson": ""');
  });

  it('says that a symbol is not there', async () => {
    const { code, stderr } = await run([running.address, 'describe', 'remotemedia.v1.Nothing']);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/not found/i);
  });

  it('runs a manifest file as it stands', async () => {
    const [response] = await call(EXECUTE, MANIFEST);
    expect(response).toMatchObject({ status: 'SUCCESS', result: { status: 'EXECUTION_STATUS_SUCCESS' } });
    expect(await leftovers(running)).toEqual(NOTHING_LEFT);
  });

  it('runs it on data, with its parameters in force', async () => {
    const samples = Buffer.from(Float32Array.from({ length: 6 }, (_, index) => index).buffer);
    const audio = { samples: samples.toString('base64'), sampleRate: 16_000, channels: 1, format: 1, numSamples: 6 };
    const [response] = await call(EXECUTE, { ...MANIFEST, data_inputs: { input_chunker: { audio } } });
    const { dataOutputs, outputs, nodeResults } = (response?.['result'] ?? {}) as Record<string, unknown>;
    expect(dataOutputs).toMatchObject({ whisper_asr: { audio: { samples: audio.samples, sampleRate: 16_000 } } });
    expect(outputs).toMatchObject([
      { nodeId: 'whisper_asr', buffer: { audio: { numSamples: '4' } } },
      { nodeId: 'whisper_asr', buffer: { audio: { numSamples: '2' } } },
    ]);
    expect(nodeResults).toMatchObject([{ nodeId: 'input_chunker' }, { nodeId: 'whisper_asr' }]);
  });

  it('streams', async () => {
    const manifest = { version: 'v1', metadata: { name: 's' }, nodes: [{ id: 'a', nodeType: 'PassThrough' }] };
    const buffer = { text: { textData: Buffer.from('hello').toString('base64'), encoding: 'utf-8' } };
    const requests = [
      { init: { manifest } },
      { dataChunk: { nodeId: 'a', buffer, sequence: 1 } },
      { control: { command: 'COMMAND_CLOSE' } },
    ];
    const responses = await call(STREAM, ...requests);
    const kinds = responses.map((response) => Object.keys(response)[0]).filter((kind) => kind !== 'initProgress');
    expect(kinds).toEqual(['ready', 'result', 'closed']);
  });

  it('asks for the version', async () => {
    const [response] = await call('remotemedia.v1.PipelineExecutionService/GetVersion', { client_version: '1.2' });
    expect(response).toMatchObject({
      compatible: true,
      versionInfo: { protocolVersion: 'v1', supportedNodeTypes: expect.arrayContaining(['EchoNode', 'PassThrough']) },
    });
  });

  it('shows an error with its code, and the details that belong to it', async () => {
    const [chunker] = MANIFEST.nodes;
    const nodes = [{ ...chunker, node_type: 'AudioChunkrNode' }];
    const { code, message, details } = await failureOf({ ...MANIFEST, nodes, connections: [] });
    expect({ code, message }).toEqual({
      code: 3,
      message: expect.stringMatching(/^Manifest validation error: Unknown node type 'AudioChunkrNode'/),
    });
    expect(details).toMatchObject([
      {
        '@type': 'type.googleapis.com/remotemedia.v1.ErrorResponse',
        code: 'manifest.unknown_node_type',
        failingNodeId: 'input_chunker',
        errorType: 'ERROR_TYPE_VALIDATION',
      },
    ]);
  });

  it('shows the traceback of a node that could not start', async () => {
    const nodes = [{ id: 'bad', node_type: 'CrashOnInitNode' }];
    const { code, details } = await failureOf({ ...MANIFEST, nodes, connections: [] });
    expect(code).toBe(9);
    expect(details).toMatchObject([{ stackTrace: expect.stringContaining('raise FileNotFoundError') }]);
  });
});
