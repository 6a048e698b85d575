import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WireClient } from './harness/client.js';
import { audioOf, chainOf } from './harness/messages.js';
import { FIXTURE_NODES, startTestService, type TestService } from './harness/service.js';

let folder: string;
let running: TestService;
let client: WireClient;

/** Each import of the module adds a line to this file. */
const importsOf = async (module: string): Promise<number> =>
  (await readFile(join(folder, `${module}.imports`), 'utf8')).split('\n').length - 1;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rm-modules-'));
  const counting =
    'with open(__file__.removesuffix(".py") + ".imports", "a") as file:\n    print("imported", file=file)\n';
  await writeFile(join(folder, 'a_large_library.py'), counting);
  await copyFile(join(FIXTURE_NODES, 'echo.py'), join(folder, 'echo.py'));
  await writeFile(join(folder, 'echo.py'), counting, { flag: 'a' });
  running = await startTestService({ multiprocess: { python: { extra_paths: [folder] } } });
  client = new WireClient(running.address);
});

afterAll(async () => {
  client.close();
  await running.close();
  await rm(folder, { recursive: true });
});

it('a process imports the module of its node, not those of all others', async () => {
  const manifest = chainOf({ first: 'EchoNode', second: 'EchoNode' });
  await client.execute({ manifest, data_inputs: { first: audioOf(8) } });
  // Discovery has imported both once.
  expect(await importsOf('echo')).toBe(3);
  expect(await importsOf('a_large_library')).toBe(1);
});
