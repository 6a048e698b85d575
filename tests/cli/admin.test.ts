import { existsSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { fetchStatus } from '@remotemedia/server/admin';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WireClient } from '../harness/client.js';
import { audioOf, chainOf } from '../harness/messages.js';
import { leftovers, NOTHING_LEFT, startTestService, type TestService } from '../harness/service.js';

let running: TestService;
let client: WireClient;
let directory: string;

beforeAll(async () => {
  running = await startTestService();
  client = new WireClient(running.address);
  directory = running.service.channel?.dir ?? '';
});

afterAll(async () => {
  client.close();
  await running.close();
});

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

function ask(path: string, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath: join(directory, 'admin'), path, method, timeout: 10_000 }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      const type = response.headers['content-type'] ?? '';
      response.on('end', () => resolve({ status: response.statusCode ?? 0, type, body }));
    });
    asked.on('error', reject).end();
  });
}

test('answers in JSON and for Prometheus, and refuses everything else', async () => {
  const status = await ask('/status');
  expect(status).toMatchObject({ status: 200, type: 'application/json' });
  expect(JSON.parse(status.body)).toMatchObject({
    service: { pid: process.pid, address: running.address, state: 'serving', instance: running.service.channel?.id },
    use: { sessions: { used: 0, limit: 100 } },
    sessions: [],
  });
  const metrics = await ask('/metrics');
  expect(metrics).toMatchObject({ status: 200, type: 'text/plain; version=0.0.4; charset=utf-8' });
  expect(metrics.body).toContain('\nremotemedia_sessions 0\n');
  expect(await ask('/')).toMatchObject({ status: 404 });
  expect(await ask('/status', 'POST')).toMatchObject({ status: 405 });
});

test('answers at every moment of a session, from before it is ready until after it is gone', async () => {
  let state: 'asking' | 'over' = 'asking';
  const seen = new Map<string, number>();
  const asking = (async () => {
    while (state === 'asking') {
      const answer = await fetchStatus(directory, 5000);
      if (answer.kind !== 'status') throw new Error(`the service was ${answer.kind}`);
      for (const session of answer.status.sessions) seen.set(session.state, (seen.get(session.state) ?? 0) + 1);
    }
  })();
  for (let round = 0; round < 3; round += 1) {
    const stream = client.stream().read();
    stream.send({ init: { manifest: chainOf({ chunk: 'PassThrough', a: 'EchoNode', b: 'EchoNode' }) } });
    await stream.response('ready');
    stream.send({ data_chunk: { node_id: 'chunk', buffer: audioOf(160), sequence: 1 } });
    await stream.response('result');
    if (round === 1) stream.call.cancel();
    else stream.send({ control: { command: 'COMMAND_CLOSE' } });
    await stream.ended;
  }
  state = 'over';
  await asking;
  expect([...seen.keys()]).toContain('initializing');
  expect(await leftovers(running)).toEqual(NOTHING_LEFT);
});

test('tells who asks while the service drains, and is gone with it', async () => {
  const other = await startTestService();
  const folder = other.service.channel?.dir ?? '';
  const otherClient = new WireClient(other.address);
  const stream = otherClient.stream().read();
  stream.send({ init: { manifest: chainOf({ a: 'EchoNode' }) } });
  await stream.response('ready');
  const closed = other.service.close({ graceful: true });
  expect(await fetchStatus(folder, 5000)).toMatchObject({
    kind: 'status',
    status: { service: { state: 'draining' }, sessions: [{ state: 'ready' }] },
  });
  stream.send({ control: { command: 'COMMAND_CLOSE' } });
  await closed;
  expect(existsSync(folder)).toBe(false);
  expect(await fetchStatus(folder, 5000)).toEqual({ kind: 'absent' });
  otherClient.close();
  await other.close();
});
