import { readdir, readlink } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WireClient, type WireStream } from '../harness/client.js';
import { chainOf } from '../harness/messages.js';
import { startTestService, type TestService } from '../harness/service.js';

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

async function open(nodeId: string): Promise<{ stream: WireStream; files: string[] }> {
  const stream = client.stream().read();
  stream.send({ init: { manifest: chainOf({ [nodeId]: 'EchoNode' }) } });
  const { session_id: session } = await stream.response('ready');
  const pid = running.service.processes.find(({ sessionId }) => sessionId === session)?.pid;
  const folder = `/proc/${pid}/fd`;
  const links = await Promise.all(
    (await readdir(folder)).map((name) => readlink(`${folder}/${name}`).catch(() => 'gone')),
  );
  return { stream, files: links.filter((link) => link.startsWith('/dev/shm/') || link.includes('/rm_')) };
}

/** `rm_<service>_<session>_`, which begins the names of a session's files. */
function sessionsOf(files: readonly string[]): Set<string | undefined> {
  return new Set(files.map((file) => /\brm_\w+?_\d+_/.exec(file)?.[0]).filter((prefix) => prefix !== undefined));
}

it('a node process holds no file of another session, whose memory it would keep', async () => {
  const first = await open('first');
  const second = await open('second');
  expect(sessionsOf(first.files).size).toBe(1);
  expect(sessionsOf(second.files).size).toBe(1);
  expect(sessionsOf(second.files)).not.toEqual(sessionsOf(first.files));
  for (const { stream } of [first, second]) {
    stream.send({ control: { command: 'COMMAND_CLOSE' } });
    expect((await stream.ended).code).toBe(0);
  }
});
