import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  audioFromSamples,
  audioFromWav,
  audioToSamples,
  audioToWav,
  connect,
  isRemoteMediaError,
  jsonFromValue,
  jsonToValue,
  numpyFromArray,
  numpyToArray,
  type RemoteMediaClient,
  RemoteMediaError,
  type RuntimeData,
  tensorFromArray,
  tensorToArray,
  textFromString,
  textToString,
} from '@remotemedia/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FIXTURE_NODES, leftovers, NOTHING_LEFT, startTestService, type TestService } from '../harness/service.js';
import { UserFolder } from './user-folder.js';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

let running: TestService;
let client: RemoteMediaClient;

beforeAll(async () => {
  running = await startTestService({ multiprocess: { python: { extra_paths: [FIXTURE_NODES, here('nodes')] } } });
  client = connect(running.address);
});

afterAll(async () => {
  client.close();
  await running.close();
});

const one = (node_type: string, params: object = {}): object => ({
  version: 'v1',
  nodes: [{ id: 'node', node_type, params }],
});

describe('what the helpers make', () => {
  async function double(data: RuntimeData): Promise<RuntimeData> {
    const { dataOutputs } = await client.execute(one('DoubleNode'), { node: data });
    const output = dataOutputs.get('node');
    if (output === undefined) throw new Error('the node gave nothing');
    return output;
  }

  it('is audio to a Python node, and what it gives is audio again', async () => {
    const audio = await double(audioFromSamples(Int16Array.of(1, -2, 300, -400), { sampleRate: 8000, channels: 2 }));
    expect(audio).toMatchObject({ kind: 'audio', sampleRate: 8000, channels: 2 });
    expect(audio.kind === 'audio' && audioToSamples(audio)).toStrictEqual(Int16Array.of(2, -4, 600, -800));
  });

  it('is a numpy array of its shape', async () => {
    const array = await double(numpyFromArray(Float64Array.of(0.5, 1, 1.5, 2, 2.5, 3), { shape: [2, 3] }));
    expect(array).toMatchObject({ kind: 'numpy', shape: [2, 3] });
    expect(array.kind === 'numpy' && numpyToArray(array)).toStrictEqual(Float64Array.of(1, 2, 3, 4, 5, 6));
  });

  it('is a tensor', async () => {
    const tensor = await double(tensorFromArray(Int32Array.of(1, 2, 3, 4), { shape: [2, 2] }));
    expect(tensor).toMatchObject({ kind: 'tensor', shape: [2, 2] });
    expect(tensor.kind === 'tensor' && tensorToArray(tensor)).toStrictEqual(Int32Array.of(2, 4, 6, 8));
  });

  it('is text, and a document', async () => {
    const text = await double(textFromString('größe 🎙'));
    expect(text.kind === 'text' && textToString(text)).toBe('größe 🎙größe 🎙');
    const json = await double(jsonFromValue({ a: [1, null] }));
    expect(json.kind === 'json' && jsonToValue(json)).toEqual([{ a: [1, null] }, { a: [1, null] }]);
  });
});

describe('a failure', () => {
  it('has its code, node, hint and traceback', async () => {
    const failure: unknown = await client
      .execute(one('DoubleNode'), { node: { kind: 'binary', data: new Uint8Array(1), mimeType: '', metadata: {} } })
      .catch((error: unknown) => error);
    if (!isRemoteMediaError(failure)) throw new Error('it is not typed');
    expect(failure).toBeInstanceOf(RemoteMediaError);
    expect(failure).toMatchObject({ code: 'node.failed', nodeId: 'node' });
    expect(failure.message).toContain('TypeError: cannot double binary');
    expect(failure.details.traceback).toContain('raise TypeError(f"cannot double {kind}")');
  });

  it('of a start names the node and the remedy', async () => {
    const manifest = {
      ...one('SlowInitNode', { steps: 100, step_secs: 1 }),
      metadata: { multiprocess: { init_timeout_secs: 1 } },
    };
    await expect(client.execute(manifest)).rejects.toMatchObject({
      code: 'process.init_timeout',
      nodeId: 'node',
      message: expect.stringMatching(/Process spawn timeout.*node/),
      hint: expect.stringContaining('increase init_timeout_secs'),
    });
  });
});

describe('a stream', () => {
  it('tells how far its nodes are before it is ready', async () => {
    const stream = client.stream(one('SlowInitNode', { steps: 3, step_secs: 0.05 }));
    stream.close();
    const seen: string[] = [];
    for await (const event of stream) {
      seen.push(event.type === 'init_progress' ? `${event.nodeId} ${event.status} ${event.fraction}` : event.type);
    }
    expect(seen[0]).toMatch(/^node starting/);
    expect(seen).toContain('node loading_model 0');
    expect(seen.slice(-2)).toEqual(['ready', 'closed']);
  });

  it('leaves nothing when its signal is aborted, whatever it does', async () => {
    for (const when of ['init_progress', 'ready', 'result']) {
      const abort = new AbortController();
      const stream = client.stream(one('EchoNode'), { inputs: { node: textFromString('hi') }, signal: abort.signal });
      const reading = (async () => {
        for await (const event of stream) if (event.type === when) abort.abort();
      })();
      await expect(reading).rejects.toMatchObject({ code: 'session.cancelled' });
      expect(stream.failure?.code).toBe('session.cancelled');
    }
    // The service hears of it a moment later than the client.
    await Promise.all(
      running.service.sessions.map((id) =>
        running.event((event) => event.type === 'session.ended' && event.session === id),
      ),
    );
    expect(await leftovers(running)).toEqual(NOTHING_LEFT);
  });
});

describe('the examples of the guide', () => {
  let folder: UserFolder;
  beforeAll(async () => {
    folder = await UserFolder.make();
  });
  afterAll(() => folder.remove());

  async function runExample(name: string): Promise<{ stdout: string; stderr: string }> {
    await folder.write(name, await readFile(here(`snippets/${name}`)));
    return await folder.run(name, running.address);
  }

  it('execute.mjs turns a WAV file into a WAV file', async () => {
    const manifest = {
      version: 'v1',
      nodes: [
        { id: 'input_chunker', node_type: 'AudioChunkerNode', params: { chunk_size: 512 } },
        { id: 'vibe_tts', node_type: 'EchoNode' },
      ],
      connections: [{ from: 'input_chunker', to: 'vibe_tts' }],
    };
    const samples = Int16Array.from({ length: 5000 }, (_, index) => index * 6);
    await folder.write('manifest.json', JSON.stringify(manifest));
    await folder.write('speech.wav', audioToWav(audioFromSamples(samples, { sampleRate: 16_000 })));
    expect(await runExample('execute.mjs')).toEqual({ stdout: 'Execution status: SUCCESS\n', stderr: '' });
    expect(audioToSamples(audioFromWav(await readFile(join(folder.path, 'reply.wav'))))).toStrictEqual(samples);
  });

  it('stream.mjs sends and reads at the same time', async () => {
    const { stdout, stderr } = await runExample('stream.mjs');
    expect(stderr).toBe('');
    const lines = stdout.trimEnd().split('\n');
    expect(lines.filter((line) => line === '1600 samples')).toHaveLength(30);
    expect(lines[0]).toMatch(/^(input_chunker|whisper_asr): /);
    expect(lines.at(-1)).toMatch(/^closed: /);
  });
});
