import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Message, WireStream } from '../harness/client.js';
import { chainOf, type Nodes, outputOf } from '../harness/messages.js';
import { isRunning } from '../harness/service.js';
import { FaultBed } from './fault-bed.js';

let bed: FaultBed;

beforeAll(async () => {
  bed = await FaultBed.open();
});

afterEach(() => bed.check());

afterAll(() => bed.close());

/** What the node said about the process that it has left behind. */
async function told(stream: WireStream, node: string, key: string): Promise<number> {
  const output = outputOf(await stream.response('result'), node);
  const { json_payload: text } = output['json'] as Message;
  return Number((JSON.parse(String(text)) as Message)[key]);
}

const WAYS_TO_LEAVE: readonly { name: string; bad: Nodes[string]; key: string }[] = [
  { name: 'in its process group', bad: 'ForkChildNode', key: 'child_pid' },
  { name: 'in a session of its own', bad: 'DaemonizeNode', key: 'daemon_pid' },
];

describe.each(WAYS_TO_LEAVE)('a child that a node left $name', ({ bad, key }) => {
  const manifest = chainOf({ in: 'PassThrough', bad });

  it('is gone when its session has ended in order', async () => {
    const stream = bed.stream(manifest, 'in', 1);
    const pid = await told(stream, 'bad', key);
    expect(isRunning(pid)).toBe(true);
    stream.send({ control: { command: 'COMMAND_CLOSE' } });
    expect((await stream.ended).code).toBe(0);
    expect(isRunning(pid)).toBe(false);
  });

  it('is gone when its node was killed', async () => {
    const stream = bed.stream(manifest, 'in', 1);
    const pid = await told(stream, 'bad', key);
    const { session_id: session } = await stream.response('ready');
    process.kill(await bed.pidOf(session, 'bad'), 'SIGKILL');
    expect((await stream.ended).code).toBe(10);
    expect(isRunning(pid)).toBe(false);
  });

  it('is gone when the client has cancelled', async () => {
    const stream = bed.stream(manifest, 'in', 1);
    const pid = await told(stream, 'bad', key);
    const { session_id: session } = await stream.response('ready');
    stream.call.cancel();
    await bed.over(session);
    expect(isRunning(pid)).toBe(false);
  });
});

it('a session kills its own children only', async () => {
  const manifest = chainOf({ in: 'PassThrough', bad: 'DaemonizeNode' });
  const [stays, goes] = [bed.stream(manifest, 'in', 1), bed.stream(manifest, 'in', 1)];
  const [staying, going] = [await told(stays, 'bad', 'daemon_pid'), await told(goes, 'bad', 'daemon_pid')];
  goes.send({ control: { command: 'COMMAND_CLOSE' } });
  await goes.ended;
  expect([isRunning(staying), isRunning(going)]).toEqual([true, false]);
  stays.send({ control: { command: 'COMMAND_CLOSE' } });
  await stays.ended;
  expect(isRunning(staying)).toBe(false);
});
