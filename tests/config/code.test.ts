import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CODE_ROWS } from './rows/code-rows.js';
import { testRows } from './test-rows.js';
import { addSdk, makeVenv } from './venv.js';

const BY_NAME = `
from remotemedia.core.multiprocessing import RuntimeData, register_node

@register_node("ByNameNode")
def answer(_data: RuntimeData) -> RuntimeData:
    return RuntimeData.text("found")
`;

const RECORD = JSON.stringify({
  type: 'WhereNode',
  python: '3.11.7',
  sdk: '0.1.0',
  requirements: [],
  weights: [],
  packages: [],
  created_at: '2026-01-31T12:00:00.000Z',
});

testRows(CODE_ROWS, async (folder) => {
  await writeFile(join(folder, 'found_by_name.py'), BY_NAME);
  for (const venv of ['one', 'two'].map((name) => join(folder, name))) {
    await makeVenv(venv);
    await addSdk(venv);
  }
  const installed = join(folder, 'environments/WhereNode');
  await makeVenv(installed);
  await addSdk(installed);
  await writeFile(join(installed, 'remotemedia-environment.json'), RECORD);
});
