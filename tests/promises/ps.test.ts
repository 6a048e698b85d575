import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { connect, type RemoteMediaClient } from '@remotemedia/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { printFigures } from './harness/figures.js';
import { chain } from './harness/manifests.js';
import { ServiceProcess } from './harness/service-process.js';

const run = promisify(execFile);

let service: ServiceProcess;
let client: RemoteMediaClient;

beforeAll(async () => {
  service = await ServiceProcess.start();
  client = connect(service.address);
});

afterAll(async () => {
  client.close();
  await service.stop();
});

/** What a person types; other sessions of this machine show up in it, too. */
async function processLines(session: string): Promise<string[]> {
  const { stdout } = await run('sh', ['-c', 'ps aux | grep python | grep remotemedia']);
  return stdout.split('\n').filter((line) => line.includes(session));
}

it('`ps aux | grep python | grep remotemedia` shows a line per Python node with its id and its session', {
  retry: 0,
}, async () => {
  const ids = ['whisper_asr', 'reply', 'voice-2'];
  const stream = client.stream(
    chain([{ id: 'native_one', node_type: 'PassThrough' }, ...ids.map((id) => ({ id, node_type: 'PassOnNode' }))]),
  );
  let session = '';
  let lines: string[] = [];
  let pids: number[] = [];
  for await (const event of stream) {
    if (event.type !== 'ready') continue;
    session = event.sessionId;
    pids = await service.nodePids(session, ids.length);
    lines = await processLines(session);
    stream.close();
  }
  printFigures('ps aux while a session runs', Object.fromEntries(lines.map((line, index) => [index + 1, line])));
  expect(lines).toHaveLength(ids.length);
  for (const id of ids) {
    const own = lines.filter((line) => line.includes(`-m remotemedia ${id} --session ${session}`));
    expect(own).toHaveLength(1);
    expect(pids).toContain(Number(own[0]?.split(/\s+/)[1]));
  }
  expect(await processLines(session)).toEqual([]);
  expect(await service.rescues()).toBe(0);
});
