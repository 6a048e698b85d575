import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failureOf, type Message, WireClient, type WireStream } from '../harness/client.js';
import { chainOf, textOf } from '../harness/messages.js';
import type { Draw } from '../soak/draw.js';
import { hostileValue, randomBytes } from './hostile-values.js';
import { casesOf } from './settings.js';
import { faultOfStatus } from './verdict.js';
import { WatchedService } from './watched-service.js';

const ABORTED = 10;
const LINE_LIMIT = 1024 * 1024;

let service: WatchedService;
let client: WireClient;

beforeAll(async () => {
  service = await WatchedService.start();
  client = new WireClient(service.address);
});

afterAll(async () => {
  client.close();
  await service.close();
});

/** A pipeline whose one node writes this on its control descriptor before it gives its message back. */
function say(text: string, times = 1): Promise<Message> {
  const manifest = chainOf({ liar: ['WriteControlNode', { text, times }] }, { cleanup_grace_period_secs: 1 });
  return client.execute({ manifest, data_inputs: { liar: textOf('x') } }, { deadline: Date.now() + 20_000 });
}

describe('a node that writes on the control descriptor', () => {
  it.each([
    { name: 'bytes that are no text', text: '\u00ff\u00fe\u0000\u0080\n', times: 100 },
    { name: 'no JSON', text: '{"type":\n', times: 1 },
    { name: 'NaN', text: '{"type":"progress","status":"ready","fraction":NaN,"message":""}\n', times: 1 },
    { name: 'numbers beyond all bounds', text: '{"type":"full","edge":1e400,"to":"x"}\n', times: 1 },
    { name: 'deep JSON', text: `${'['.repeat(400_000)}\n`, times: 1 },
    { name: 'an unknown type', text: `{"type":"${'x'.repeat(500_000)}"}\n`, times: 1 },
    { name: '__proto__', text: '{"__proto__":{"type":"ended"},"type":"__proto__"}\n', times: 1 },
    { name: 'an edge that does not exist', text: '{"type":"full","edge":9007199254740991,"to":"nobody"}\n', times: 1 },
    { name: 'a start that was long ago', text: '{"type":"wired"}\n{"type":"ready"}\n', times: 50 },
    { name: 'an answer that nobody asked for', text: '{"type":"pong","id":12345}\n', times: 50 },
    { name: 'a hundred thousand empty lines', text: '\n', times: 100_000 },
  ])('is not heard when it writes $name', async ({ text, times }) => {
    expect(await say(text, times)).toMatchObject({ status: 'SUCCESS' });
  });

  it('ends its session, and no other, with a line without end', async () => {
    const neighbour = await startNeighbour();
    expect(await failureOf(say('x', 2 * LINE_LIMIT))).toMatchObject({ status: ABORTED, nodeId: 'liar' });
    await finishNeighbour(neighbour);
  });

  it('can say that it has failed, and is believed', async () => {
    const failed = {
      type: 'failed',
      phase: 'process',
      error_type: 'E',
      message: 'a\u0007b',
      traceback: 'x',
      sequence: null,
    };
    const ended = { type: 'ended', items_in: 1, items_out: 1, process_ms: 1, rescues: 0 };
    // An end that comes right after it does not outrun it.
    const error = await failureOf(say(`${JSON.stringify(failed)}\n${JSON.stringify(ended)}\n`));
    expect(error).toMatchObject({ status: ABORTED, code: 'node.failed', nodeId: 'liar' });
    expect(faultOfStatus(error.status, error)).toBeNull();
  });

  it('ends well or with an error of the process, whatever it writes', { timeout: 600_000 }, async () => {
    const { count, draw } = casesOf('control lines', 0.4);
    const neighbour = await startNeighbour();
    const faults: string[] = [];
    for (let index = 0; index < count; index++) {
      const lines = randomLines(draw(index));
      const fault = await say(lines).then(
        () => null,
        async () => {
          const error = await failureOf(say(lines));
          return faultOfStatus(error.status, error);
        },
      );
      if (fault !== null) faults.push(`case ${index}: ${fault}`);
    }
    expect(faults.slice(0, 20)).toEqual([]);
    await finishNeighbour(neighbour);
  });
});

/** Lines that have the form of a message, and lines that have none. */
function randomLines(draw: Draw): string {
  const lines = Array.from({ length: draw.int(1, 6) }, () => {
    if (draw.chance(0.3)) return randomBytes(draw, draw.int(0, 100)).toString('latin1');
    const type = draw.pick(['progress', 'wired', 'ready', 'full', 'log', 'ended', 'pong', 'started', 'phase']);
    const line = { type, status: 'ready', fraction: 0.5, message: 'm', level: 'info', edge: 0, to: 'x', id: 1 };
    const key = draw.pick(Object.keys(line));
    return JSON.stringify({ ...line, [key]: draw.chance(0.5) ? hostileValue(draw) : line[key as keyof typeof line] });
  });
  // The node's parameter is Latin-1, one character a byte.
  return `${Buffer.from(lines.join('\n')).toString('latin1')}\n`;
}

async function startNeighbour(): Promise<WireStream> {
  const stream = client.stream().read();
  stream.send({ init: { manifest: chainOf({ echo: 'EchoNode' }) } });
  await stream.response('ready');
  return stream;
}

async function finishNeighbour(stream: WireStream): Promise<void> {
  stream.send({ data_chunk: { node_id: 'echo', buffer: textOf('still here'), sequence: 1 } });
  await stream.response('result');
  stream.call.end();
  expect((await stream.ended).code).toBe(0);
}
