import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** What an environment says about itself; written last, so an environment that has none is not complete. */

const FILE = 'remotemedia-environment.json';

const schema = z.object({
  /** The node type that it was made for. */
  type: z.string(),
  /** Of Python, for example `3.12.1`. */
  python: z.string(),
  sdk: z.string(),
  /** What was asked for, as pip takes it. */
  requirements: z.array(z.string()),
  /** Names of the weights that were asked for. */
  weights: z.array(z.string()),
  /** What is installed, one `name==version` each. */
  packages: z.array(z.string()),
  /** ISO 8601, in UTC. */
  created_at: z.string(),
});

export type EnvironmentRecord = z.infer<typeof schema>;

/** Why there is no record to read; null: there is one. */
export type RecordAnswer =
  | { readonly record: EnvironmentRecord; readonly fault: null }
  | { readonly record: null; readonly fault: string };

/** Reads the record of an environment. Never throws. */
export async function readRecord(path: string): Promise<RecordAnswer> {
  const text = await readFile(join(path, FILE), 'utf8').catch(() => null);
  if (text === null) return { record: null, fault: `it is half installed: it has no ${FILE}` };
  try {
    return { record: schema.parse(JSON.parse(text)), fault: null };
  } catch {
    return { record: null, fault: `its ${FILE} cannot be read` };
  }
}

export async function writeRecord(path: string, record: EnvironmentRecord): Promise<void> {
  await writeFile(join(path, FILE), `${JSON.stringify(record, null, 2)}\n`);
}
