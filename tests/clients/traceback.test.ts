import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failureOf, WireClient } from '../harness/client.js';
import { chainOf, textOf } from '../harness/messages.js';
import { leftovers, NOTHING_LEFT, startTestService, type TestService } from '../harness/service.js';

const KIB = 1024;
const LONG = 200 * KIB;
/** grpcio drops a whole status beyond twice this. */
const TRAILER_LIMIT = 8 * KIB;

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

describe('a Python traceback of 200 KiB', () => {
  const manifest = chainOf({ in: 'PassThrough', bad: ['LongTracebackNode', { kib: 200 }] });

  it('reaches grpc-js in the status of a unary call: its code, its two ends, and the id of the whole in the log', async () => {
    const call = client.execute({ manifest, data_inputs: { in: textOf('x') } });
    const thrown = await call.then(
      () => null,
      (error: { metadata: { get(key: string): Buffer[] } }) => error,
    );
    const [details] = thrown?.metadata.get('grpc-status-details-bin') ?? [];
    expect(Math.ceil((details?.byteLength ?? 0) / 3) * 4).toBeLessThan(TRAILER_LIMIT);

    const error = await failureOf(Promise.reject(thrown));
    expect(error).toMatchObject({ status: 10, code: 'node.failed', nodeId: 'bad' });
    expect(error.message).toContain('ValueError: the last of all errors');
    const { traceback = '', logId } = error.details;
    const note = /\[\.\.\. (\d+) of (\d+) characters left out; the log has it whole under (\w+) \.\.\.\]/.exec(
      traceback,
    );
    const [, left, whole, id] = note ?? [];
    expect(Number(whole)).toBeGreaterThan(LONG);
    expect(Number(left)).toBeGreaterThan(LONG - TRAILER_LIMIT);
    expect(id).toBe(logId);
    expect(traceback).toMatch(/^RuntimeError: the first of all causes/);
    expect(traceback.trimEnd()).toMatch(/ValueError: the last of all errors$/);

    const logged = running.log.find((line) => line.includes(`Error ${logId}: `)) ?? '';
    expect(logged.length).toBeGreaterThan(LONG);
    expect(logged).toContain('RuntimeError: link 200 ');
    expect(await leftovers(running)).toEqual(NOTHING_LEFT);
  });

  it('reaches a stream whole, before the status that has it cut', async () => {
    const stream = client.stream().read();
    stream.send({ init: { manifest } });
    stream.send({ data_chunk: { node_id: 'in', buffer: textOf('x'), sequence: 1 } });
    const sent = await stream.response('error');
    expect(sent).toMatchObject({ code: 'node.failed', failing_node_id: 'bad' });
    expect(String(sent['stack_trace']).length).toBeGreaterThan(LONG);
    const { code, error } = await stream.ended;
    expect(code).toBe(10);
    expect(error?.details.traceback).toContain('characters left out');
    expect(JSON.parse(String(sent['context']))).toMatchObject({ log_id: error?.details.logId });
  });
});
