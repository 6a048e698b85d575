import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Message, PROTO, WireClient, type WireStream } from '../harness/client.js';
import { audioOf, chainOf } from '../harness/messages.js';
import { Neighbour } from '../harness/neighbour.js';
import { leftovers, NOTHING_LEFT, startTestService } from '../harness/service.js';
import { ServiceProcess } from '../harness/service-process.js';

/** After the death of its service every node is gone within this time. */
const GONE_MS = 2000;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rm-beside-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function streaming(client: WireClient, init: Message): Promise<WireStream> {
  const stream = client.stream().read();
  stream.send({ init });
  await stream.response('ready');
  stream.send({ data_chunk: { node_id: 'a', buffer: audioOf(160), sequence: 1 } });
  await stream.response('result');
  return stream;
}

async function idOf(stream: WireStream): Promise<unknown> {
  return (await stream.response('ready'))['session_id'];
}

describe('two services on one machine, with one folder for both', () => {
  it('run sessions side by side; the death of one is nothing to the other, which cleans up after it', async () => {
    const runtimeDirectory = join(folder, 'run');
    const dying = await ServiceProcess.start({ runtimeDirectory });
    const living = await ServiceProcess.start({ runtimeDirectory });
    const neighbour = await Neighbour.open(living.address);
    const client = new WireClient(dying.address);
    const stream = await streaming(client, { manifest: chainOf({ a: 'EchoNode', b: 'IgnoreSigtermNode' }) });
    expect(dying.nodesAlive).toHaveLength(2);
    const livingTraces = living.traces;
    expect(dying.traces.length).toBeGreaterThan(1);

    dying.kill('SIGKILL');
    expect((await dying.ended).signal).toBe('SIGKILL');
    expect((await stream.ended).code).toBe(14);
    client.close();
    await neighbour.serves(20);
    // A third one starts, and sweeps what the dead one has left, and only that.
    const third = await ServiceProcess.start({ runtimeDirectory });
    await expect.poll(() => dying.nodesAlive, { timeout: GONE_MS }).toEqual([]);
    expect(dying.traces).toEqual([]);
    expect(living.traces).toEqual(livingTraces);
    const other = await Neighbour.open(third.address);
    await Promise.all([neighbour.serves(), other.serves()]);
    await Promise.all([neighbour.end(), other.end()]);
    for (const service of [living, third]) {
      service.kill('SIGTERM');
      expect(await service.ended).toEqual({ code: 0, signal: null });
      expect(service.traces).toEqual([]);
    }
    for (const service of [dying, living, third]) await service.dispose();
  });
});

describe('a client that brings an id of its own for its session', () => {
  it('gets one of the service, however often it uses its own', async () => {
    const proto = join(folder, 'own-id.proto');
    const text = readFileSync(PROTO, 'utf8').replace(
      'message StreamInit {',
      'message StreamInit {\n  string session_id = 90;',
    );
    await writeFile(proto, text);
    const running = await startTestService();
    const client = new WireClient(running.address, proto);
    const init = { manifest: chainOf({ a: 'EchoNode' }), session_id: '../mine' };
    const together = await Promise.all([streaming(client, init), streaming(client, init)]);
    const ids = await Promise.all(together.map(idOf));
    for (const id of ids) expect(id).toMatch(/^sess_[0-9a-f]{12}$/);
    expect(running.service.sessions.sort()).toEqual([...ids].sort());
    const [first, second] = together;
    first?.call.cancel();
    await first?.ended;
    await running.event(
      ({ type, ...event }) => type === 'session.ended' && 'session' in event && event.session === ids[0],
    );
    second?.send({ data_chunk: { node_id: 'a', buffer: audioOf(160), sequence: 2 } });
    await second?.message(({ result }) => (result as Message | undefined)?.['sequence'] === 2);

    // Even the id that the service gave is nobody's to use again.
    const again = await streaming(client, { ...init, session_id: ids[0] });
    expect([...ids]).not.toContain(await idOf(again));
    for (const stream of [second, again]) {
      stream?.send({ control: { command: 'COMMAND_CLOSE' } });
      expect((await stream?.ended)?.code).toBe(0);
    }
    expect(await leftovers(running)).toEqual(NOTHING_LEFT);
    client.close();
    await running.close();
  });
});
