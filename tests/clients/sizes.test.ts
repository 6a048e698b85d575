import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failureOf, type Message, WireClient } from '../harness/client.js';
import { chainOf, outputOf, samplesOf } from '../harness/messages.js';
import { leftovers, NOTHING_LEFT, startTestService, type TestService } from '../harness/service.js';

const MIB = 1024 * 1024;

let running: TestService;
let client: WireClient;

beforeAll(async () => {
  running = await startTestService();
  client = new WireClient(running.address, undefined, { 'grpc.max_send_message_length': -1 });
});

afterAll(async () => {
  client.close();
  await running.close();
});

/** Audio of so many bytes, a pattern in which no two places look alike. */
function audioOfBytes(bytes: number): Message {
  const samples = Buffer.alloc(bytes);
  for (let at = 0; at < bytes; at += 4) samples.writeUInt32LE((at * 2_654_435_761) >>> 2, at);
  return {
    audio: { samples, sample_rate: 48_000, channels: 1, format: 'AUDIO_FORMAT_F32', num_samples: bytes / 4 },
  };
}

describe('with the default of limits.max_message_bytes, 64 MiB', () => {
  it('64 MiB of audio go in and out, bit for bit, through a Python process', async () => {
    const audio = audioOfBytes(64 * MIB);
    const manifest = chainOf({ a: 'EchoNode' });
    const result = (await client.execute({ manifest, data_inputs: { a: audio } }))['result'] as Message;
    expect(samplesOf(outputOf(result, 'a')).equals(samplesOf(audio))).toBe(true);
    expect(await leftovers(running)).toEqual(NOTHING_LEFT);
  });

  it('so they do on a stream', async () => {
    const audio = audioOfBytes(64 * MIB);
    const stream = client.stream().read();
    stream.send({ init: { manifest: chainOf({ a: 'EchoNode' }) } });
    await stream.response('ready');
    stream.send({ data_chunk: { node_id: 'a', buffer: audio, sequence: 1 } });
    stream.send({ control: { command: 'COMMAND_CLOSE' } });
    expect((await stream.ended).code).toBe(0);
    const [result] = stream.all('result');
    expect(samplesOf(outputOf(result ?? {}, 'a')).equals(samplesOf(audio))).toBe(true);
  });

  it.each(['a unary call', 'a stream'])('65 MiB are refused in %s, with the name of the setting', async (way) => {
    const audio = audioOfBytes(65 * MIB);
    const manifest = chainOf({ a: 'PassThrough' });
    const expected = {
      code: 'limit.message_size',
      message: expect.stringContaining('limits.max_message_bytes'),
      hint: expect.stringContaining('raise limits.max_message_bytes in runtime.toml'),
      details: { allowed: 64 * MIB, setting: 'limits.max_message_bytes' },
    };
    if (way === 'a unary call') {
      const error = await failureOf(client.execute({ manifest, data_inputs: { a: audio } }));
      expect(error).toMatchObject({ ...expected, status: 8 });
    } else {
      const stream = client.stream().read();
      stream.send({ init: { manifest } });
      await stream.response('ready');
      stream.send({ data_chunk: { node_id: 'a', buffer: audio, sequence: 1 } });
      expect(await stream.ended).toMatchObject({ code: 8, error: expected });
      await running.event(({ type }) => type === 'session.ended');
    }
  });

  it('an answer of more is refused too', async () => {
    const nodes = { in: 'PassThrough', burst: ['BurstNode', { copies: 9 }] as const };
    const audio = audioOfBytes(8 * MIB);
    const error = await failureOf(client.execute({ manifest: chainOf(nodes), data_inputs: { in: audio } }));
    expect(error).toMatchObject({ code: 'limit.message_size', status: 8 });
    expect(error.details).toMatchObject({ allowed: 64 * MIB, setting: 'limits.max_message_bytes' });
  });
});
