import { mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, type Outcome } from '../cli/command.js';
import { addSdk, makeVenv } from '../config/venv.js';
import { errorOf, type Message, WireClient } from '../harness/client.js';
import { manifestOf, outputOf, textOf } from '../harness/messages.js';
import { startTestService, type TestService } from '../harness/service.js';

/** Node classes of these tests. */
export const NODES = fileURLToPath(new URL('nodes', import.meta.url));

/** What a node of these tests tells of its Python. */
export interface PythonFacts {
  readonly prefix: string;
  readonly executable: string;
  readonly python: readonly [number, number];
  readonly inflection: string | null;
}

/** A folder with a runtime.toml whose environments lie in `environments`. */
export class Bed {
  readonly folder: string;
  readonly environments: string;

  private constructor(folder: string) {
    this.folder = folder;
    this.environments = join(folder, 'environments');
  }

  static async create(settings = ''): Promise<Bed> {
    const bed = new Bed(await realpath(await mkdtemp(join(tmpdir(), 'rm-environments-'))));
    await bed.configure(settings);
    return bed;
  }

  /** @param settings more tables of runtime.toml */
  async configure(settings: string): Promise<void> {
    const python = `[multiprocess.python]\nextra_paths = [${JSON.stringify(NODES)}]\nenvironments_path = "environments"\n`;
    await writeFile(join(this.folder, 'runtime.toml'), python + settings);
  }

  start(...args: string[]): Command {
    return new Command(args, this.folder, { REMOTEMEDIA_RUNTIME_DIR: join(this.folder, 'run') });
  }

  run(...args: string[]): Promise<Outcome> {
    return this.start(...args).end();
  }

  async service(): Promise<TestService> {
    return await startTestService({}, { config: join(this.folder, 'runtime.toml') });
  }

  /** Everything in the folder of environments. */
  async names(): Promise<string[]> {
    return (await readdir(this.environments).catch(() => [])).sort();
  }

  /** A real environment with the SDK, as an installation leaves it, but for what it has installed. */
  async fakeInstallation(type: string, record: object | null = {}): Promise<string> {
    const path = join(this.environments, type);
    await mkdir(this.environments, { recursive: true });
    await makeVenv(path);
    await addSdk(path);
    if (record !== null) await writeFile(join(path, 'remotemedia-environment.json'), recordOf(type, record));
    return path;
  }

  async close(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** The text of a record with these facts. */
function recordOf(type: string, facts: object): string {
  const created_at = '2026-01-31T12:00:00.000Z';
  const usual = { type, python: '3.11.7', sdk: '0.1.0', requirements: [], weights: [], packages: [], created_at };
  return JSON.stringify({ ...usual, ...facts });
}

/** Where the node of each type runs, in one pipeline; or the error that it ends with. */
export async function factsOf(
  { address }: TestService,
  types: readonly string[],
  multiprocess: Message = {},
): Promise<PythonFacts[]> {
  const client = new WireClient(address);
  try {
    const ids = types.map((_, index) => `n${index}`);
    const nodes = Object.fromEntries(ids.map((id, index) => [id, types[index] ?? '']));
    const manifest = manifestOf(nodes, [], multiprocess);
    const inputs = Object.fromEntries(ids.map((id) => [id, textOf('')]));
    const { result } = await client.execute({ manifest, data_inputs: inputs });
    return ids.map((id) => {
      const { text } = outputOf(result as Message, id) as { text?: { text_data?: Buffer } };
      return JSON.parse(text?.text_data?.toString() ?? '') as PythonFacts;
    });
  } finally {
    client.close();
  }
}

/** The error that a pipeline of one node ends with. */
export async function failureIn(service: TestService, type: string): Promise<ReturnType<typeof errorOf>> {
  return await factsOf(service, [type]).then(
    () => Promise.reject(new Error(`${type} did not fail`)),
    (error: unknown) => errorOf(error),
  );
}
