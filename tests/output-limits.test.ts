import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failureOf, WireClient } from './harness/client.js';
import { chainOf, textOf } from './harness/messages.js';
import { leftovers, NOTHING_LEFT, startTestService, type TestService } from './harness/service.js';

let running: TestService;
let client: WireClient;

beforeAll(async () => {
  running = await startTestService();
  client = new WireClient(running.address);
});

afterAll(async () => {
  client.close();
  await running.close();
});

describe('an output of a Python node that is larger than its connection may hold', () => {
  // 32,000 bytes of audio for each of the six characters.
  const manifest = chainOf(
    { in: 'PassThrough', loud: 'TextToAudioNode', out: 'PassThrough' },
    { shm_segment_size: 100_000 },
  );
  const refusal = {
    code: 'limit.message_size',
    nodeId: 'loud',
    message: expect.stringMatching(/'loud'.*1920\d\d bytes is larger than shm_segment_size, 100000 bytes/),
    hint: expect.stringContaining('raise the setting'),
  };

  it('fails a unary call as a limit that was reached, with the node, both numbers and the setting', async () => {
    const error = await failureOf(client.execute({ manifest, data_inputs: { in: textOf('louder') } }));
    expect(error).toMatchObject({ ...refusal, status: 8 });
    expect(await leftovers(running)).toEqual(NOTHING_LEFT);
  });

  it('ends a stream the same way', async () => {
    const stream = client.stream().read();
    stream.send({ init: { manifest } });
    stream.send({ data_chunk: { node_id: 'in', buffer: textOf('louder'), sequence: 1 } });
    expect(await stream.response('error')).toMatchObject({ code: 'limit.message_size', failing_node_id: 'loud' });
    expect(await stream.ended).toMatchObject({ code: 8, error: refusal });
    expect(await leftovers(running)).toEqual(NOTHING_LEFT);
  });
});
