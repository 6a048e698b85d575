import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { failureOf, type Message, WireClient } from './harness/client.js';
import { chainOf, manifestOf, samplesOf, textOf } from './harness/messages.js';
import { leftovers, NOTHING_LEFT, startTestService, type TestService } from './harness/service.js';

const NATIVE = fileURLToPath(new URL('fixtures/native/take-8k.mjs', import.meta.url));
let running: TestService;
let client: WireClient;

beforeAll(async () => {
  running = await startTestService({ native: { modules: [NATIVE] } });
  client = new WireClient(running.address);
});

afterEach(async () => {
  expect(await leftovers(running)).toEqual(NOTHING_LEFT);
});

afterAll(async () => {
  client.close();
  await running.close();
});

const CONVERT = { auto_convert: true };

interface Tone {
  readonly rate: number;
  readonly channels: number;
}

/** A tone of 440 Hz, the same in every channel, as 32-bit floats or 16-bit integers. */
function tone(frames: number, { rate, channels }: Tone, format: 'F32' | 'I16', metadata?: Message): Message {
  const values = Array.from(
    { length: frames * channels },
    (_, index) => Math.sin((2 * Math.PI * 440 * Math.floor(index / channels)) / rate) / 2,
  );
  const samples = format === 'F32' ? Float32Array.from(values) : Int16Array.from(values, (value) => value * 32_768);
  return {
    audio: {
      samples: Buffer.from(samples.buffer),
      sample_rate: rate,
      channels,
      format: `AUDIO_FORMAT_${format}`,
      num_samples: samples.length,
    },
    ...(metadata === undefined ? {} : { metadata }),
  };
}

/** Sends chunks to one node of a stream, and returns what one sink gave. */
async function run(manifest: Message, to: string, chunks: readonly Message[], sink: string) {
  const stream = client.stream().read();
  stream.send({ init: { manifest } });
  chunks.forEach((buffer, index) => {
    stream.send({ data_chunk: { node_id: to, buffer, sequence: index + 1 } });
  });
  stream.send({ control: { command: 'COMMAND_CLOSE' } });
  const { error } = await stream.ended;
  const outputs = stream
    .all('result')
    .map(({ data_outputs: all }) => (all as Record<string, Message> | undefined)?.[sink])
    .filter((output) => output !== undefined);
  return { stream, error, outputs };
}

const bytesOf = (outputs: readonly Message[]): Buffer => Buffer.concat(outputs.map(samplesOf));

function nodeMetrics({ result }: Message): Record<string, { custom_metrics?: string }> {
  const { metrics } = result as { metrics: { node_metrics: Record<string, { custom_metrics?: string }> } };
  return metrics.node_metrics;
}

const STEREO = { rate: 48_000, channels: 2 };
const SPEECH = { rate: 16_000, channels: 1 };

describe('audio of a client that does not fit', () => {
  const chunks = Array.from({ length: 10 }, () => tone(960, STEREO, 'F32'));

  it('is converted on its way, with nothing lost, and under the name of the node', async () => {
    const manifest = chainOf({ asr: 'Take16kMonoNode' }, CONVERT);
    const { stream, error, outputs } = await run(manifest, 'asr', chunks, 'asr');
    expect(error).toBeNull();
    expect(bytesOf(outputs).byteLength).toBe(10 * 320 * 2);
    for (const { audio } of outputs) {
      expect(audio).toMatchObject({ sample_rate: 16_000, channels: 1, format: 'AUDIO_FORMAT_I16' });
    }
    // From outside: whatever stands between does not show.
    expect(outputs.map(({ metadata }) => (metadata as { source?: string } | undefined)?.source)).toEqual(
      outputs.map(() => ''),
    );
    expect(new Set(stream.all('init_progress').map(({ node_id: node }) => node))).toEqual(new Set(['asr']));
    await running.logged('Converts audio where it does not fit: input → asr: any audio → 16000 Hz, 1 channel, i16');
  });

  it('is an error without auto_convert, which names both formats and the way out', async () => {
    const { error } = await run(chainOf({ asr: 'Take16kMonoNode' }), 'asr', chunks.slice(0, 1), 'asr');
    expect(error).toMatchObject({ code: 'input.invalid', nodeId: 'asr', details: { sequence: 1 } });
    expect(error?.message).toBe(
      "Node 'asr' (Take16kMonoNode) takes 16000 Hz, 1 channel, i16 and got 48000 Hz, 2 channels, f32",
    );
    expect(error?.hint).toContain('auto_convert = true');
  });

  it('passes bit for bit where it fits, marks and all', async () => {
    const marks = ['start', 'continue', 'end'];
    const fitting = marks.map((speech, index) => tone(160 + index, SPEECH, 'I16', { speech }));
    const { error, outputs } = await run(chainOf({ asr: 'Take16kMonoNode' }, CONVERT), 'asr', fitting, 'asr');
    expect(error).toBeNull();
    expect(bytesOf(outputs).equals(bytesOf(fitting))).toBe(true);
    expect(outputs.map(({ metadata }) => (metadata as Message)['speech'])).toEqual(marks);
  });

  it('keeps the marks of an utterance when it is converted', async () => {
    const marks = ['start', 'continue', 'end'];
    const spoken = marks.map((speech) => tone(960, STEREO, 'F32', { speech }));
    const { outputs } = await run(chainOf({ asr: 'Take16kMonoNode' }, CONVERT), 'asr', spoken, 'asr');
    expect(outputs.map(({ metadata }) => (metadata as Message)['speech'])).toEqual(marks);
    expect(bytesOf(outputs).byteLength).toBe(3 * 320 * 2);
  });

  it('waits for a slow node without losing anything', async () => {
    const manifest = chainOf({ asr: ['Take16kMonoNode', { seconds: 0.003 }] }, { ...CONVERT, channel_capacity: 2 });
    const many = Array.from({ length: 150 }, () => tone(480, STEREO, 'F32'));
    const { error, outputs, stream } = await run(manifest, 'asr', many, 'asr');
    expect(error).toBeNull();
    expect(bytesOf(outputs).byteLength).toBe(150 * 160 * 2);
    const { session_id: session } = await stream.response('ready');
    expect(running.events).toContainEqual(expect.objectContaining({ type: 'connection.full', session }));
  });

  it('says of the node that it is for what cannot be converted', async () => {
    const surround = tone(48, { rate: 48_000, channels: 2 }, 'F32');
    const audio = { ...(surround['audio'] as Message), sample_rate: 400_000 };
    const { error } = await run(chainOf({ asr: 'Take16kMonoNode' }, CONVERT), 'asr', [{ audio }], 'asr');
    expect(error).toMatchObject({ code: 'input.invalid', nodeId: 'asr' });
    expect(error?.message).toContain("Node 'asr' cannot resample 400000 Hz");
  });

  it('is known by its own name only: a converter is nothing a client can send to', async () => {
    const manifest = chainOf({ asr: 'Take16kMonoNode' }, CONVERT);
    const { error } = await run(manifest, 'asr__from__outside', [tone(1, SPEECH, 'I16')], 'asr');
    expect(error).toMatchObject({ code: 'stream.unknown_node' });
    expect(error?.message).toMatch(/the nodes of this session are asr$/);
  });
});

describe('a node that gives another format than the next one takes', () => {
  const nodes = { tts: 'Tone24kNode', asr: 'Take16kMonoNode' };

  it('is refused before anything starts', async () => {
    const error = await failureOf(client.execute({ manifest: chainOf(nodes), data_inputs: { tts: textOf('a') } }));
    expect(error.code).toBe('manifest.type_mismatch');
    expect(error.message).toContain(
      "'tts' (Tone24kNode) gives 24000 Hz, 1 channel, i16, but 'asr' (Take16kMonoNode) takes 16000 Hz, 1 channel, i16",
    );
    expect(error.details.problems).toMatchObject([{ path: 'connections[0]', nodeId: 'asr' }]);
  });

  it('is converted between two Python nodes, also in one call', async () => {
    const stream = await run(chainOf(nodes, CONVERT), 'tts', [textOf('a'), textOf('b'), textOf('c')], 'asr');
    expect(stream.error).toBeNull();
    expect(bytesOf(stream.outputs).byteLength).toBe(3 * 1600 * 2);
    expect(stream.outputs.map(({ metadata }) => (metadata as Message)['source'])).toEqual(
      stream.outputs.map(() => 'tts'),
    );
    const answer = await client.execute({ manifest: chainOf(nodes, CONVERT), data_inputs: { tts: textOf('a') } });
    expect(Object.keys(nodeMetrics(answer))).toContain('asr__from__tts');
  });

  it('leaves nothing behind when the stream is cancelled in the middle', async () => {
    const stream = client.stream().read();
    stream.send({ init: { manifest: chainOf(nodes, CONVERT) } });
    const { session_id: session } = await stream.response('ready');
    for (let sequence = 1; sequence <= 50; sequence += 1)
      stream.send({ data_chunk: { node_id: 'tts', buffer: textOf('x'), sequence } });
    await stream.response('result');
    stream.call.cancel();
    await running.event((event) => event.type === 'session.ended' && event.session === session);
  });
});

describe('a native node with a format', () => {
  const told = (outputs: readonly Message[]) =>
    outputs.map(({ json }) => JSON.parse((json as { json_payload: string }).json_payload) as Record<string, unknown>);

  it('gets audio converted from a client, and from a process, whose name it is told', async () => {
    const direct = await run(chainOf({ take: 'Take8kNode' }, CONVERT), 'take', [tone(4800, SPEECH, 'I16')], 'take');
    const pieces = told(direct.outputs);
    expect(pieces.map(({ from, sampleRate }) => [from, sampleRate])).toEqual(pieces.map(() => ['', 8000]));
    expect(pieces.reduce((sum, { bytes }) => sum + Number(bytes), 0)).toBe(2400 * 2);
    const chain = await run(chainOf({ tts: 'Tone24kNode', take: 'Take8kNode' }, CONVERT), 'tts', [textOf('a')], 'take');
    expect(chain.error).toBeNull();
    const converted = told(chain.outputs);
    expect(converted.map(({ from }) => from)).toEqual(converted.map(() => 'tts'));
    expect(converted.reduce((sum, { bytes }) => sum + Number(bytes), 0)).toBe(800 * 2);
  });

  it('gets no other audio without auto_convert', async () => {
    const { error } = await run(chainOf({ take: 'Take8kNode' }), 'take', [tone(480, SPEECH, 'I16')], 'take');
    expect(error).toMatchObject({ code: 'input.invalid', nodeId: 'take', details: { sequence: 1 } });
    expect(error?.message).toBe("Node 'take' (Take8kNode) takes 8000 Hz and got 16000 Hz, 1 channel, i16");
  });
});

describe('a node that gives several kinds of data', () => {
  it('sends each of its receivers what that takes', async () => {
    const nodes = { both: 'TextAndAudioNode', say: 'TextToAudioNode', all: 'CollectorNode' };
    const manifest = manifestOf(nodes, ['both>say', 'both>all']);
    const { error, outputs, stream } = await run(manifest, 'both', [textOf('a'), textOf('bc')], 'all');
    expect(error).toBeNull();
    expect(outputs.map((output) => Object.keys(output)[0])).toEqual(['text', 'audio', 'text', 'audio']);
    const said = stream
      .all('result')
      .flatMap(({ data_outputs: all }) => (all as Record<string, Message>)['say'] ?? []) as Message[];
    expect(said.map((output) => (output['audio'] as Message)['num_samples'])).toEqual([8000, 16_000]);
  });

  it('has what nobody takes left out, and said so once', async () => {
    const nodes = { both: 'TextAndAudioNode', say: 'TextToAudioNode' };
    const answer = await client.execute({ manifest: chainOf(nodes), data_inputs: { both: textOf('a') } });
    expect(JSON.parse(nodeMetrics(answer)['both']?.custom_metrics ?? '')).toMatchObject({
      items_out: 1,
      left_out: { audio: 1 },
    });
    await running.logged('gives audio data, which no node that it is connected to takes: left out');
  });
});
