import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PYTHON } from './fixtures/harness.js';
import { type ProbeOptions, probe } from './probe.js';

let sdk: string;

beforeEach(() => {
  sdk = mkdtempSync(join(tmpdir(), 'rm-probe-'));
  mkdirSync(join(sdk, 'remotemedia'));
  writeFileSync(join(sdk, 'remotemedia/__init__.py'), '');
});

afterEach(() => rmSync(sdk, { recursive: true }));

/** Runs a program in the place of the SDK's probe. */
function probing(program: string, overrides: Partial<ProbeOptions> = {}): ReturnType<typeof probe> {
  writeFileSync(join(sdk, 'remotemedia/probe.py'), program);
  return probe({
    executable: PYTHON,
    modulePaths: ['/nodes'],
    modules: ['my_nodes'],
    cwd: sdk,
    env: { PYTHONPATH: sdk },
    ...overrides,
  });
}

const GOOD = `
import json, os, sys, threading
request = json.loads(sys.stdin.readline())
print("a user module prints this")
node = {"type": "Echo", "module": request["modules"][0], "doc": "Says it again.", "params_schema": {"type": "object"},
        "input_types": ["audio"], "output_types": None}
error = {"module": request["module_paths"][0], "error_type": "ImportError", "message": "no torch", "traceback": "Traceback"}
answer = {"executable": sys.executable, "version": "3.11.7", "sdk": "0.1.0", "nodes": [node], "errors": [error]}
os.write(3, json.dumps(answer).encode() + b"\\n")
`;

describe('the probe', () => {
  it('returns node types and import errors, whatever the modules print', async () => {
    expect(await probing(GOOD)).toEqual({
      executable: PYTHON,
      version: '3.11.7',
      sdkVersion: '0.1.0',
      nodes: [
        {
          type: 'Echo',
          module: 'my_nodes',
          doc: 'Says it again.',
          paramsSchema: { type: 'object' },
          inputTypes: ['audio'],
          outputTypes: null,
          aliases: [],
          inputFormat: null,
          outputFormat: null,
          engine: null,
          requirements: { packages: [], python: null, weights: [], gaps: [] },
        },
      ],
      checks: [],
      errors: [{ module: '/nodes', errorType: 'ImportError', message: 'no torch', traceback: 'Traceback' }],
    });
  });

  it('does not wait for a thread that a module left running', async () => {
    const result = await probing(`${GOOD}\nthreading.Thread(target=threading.Event().wait).start()\n`);
    expect(result.nodes).toHaveLength(1);
  });

  it('fails with the exit code and the last lines when a module ends it', async () => {
    const failed = probing('import os, sys\nprint("needs a GPU", file=sys.stderr, flush=True)\nos._exit(4)\n');
    await expect(failed).rejects.toMatchObject({
      code: 'process.spawn_failed',
      message: expect.stringMatching(/it exited with code 4 without an answer; last line on stderr: needs a GPU$/),
      details: { exitCode: 4, stderr: ['needs a GPU'] },
    });
  });

  it('fails when a module hangs it', async () => {
    const failed = probing('import signal\nsignal.pause()\n', { timeoutMs: 300 });
    await expect(failed).rejects.toThrow(/it did not answer within 0\.3 s/);
  });

  it('fails with the place when the answer is not what was asked for', async () => {
    const failed = probing('import os\nos.write(3, b\'{"executable": 1}\\n\')\n');
    await expect(failed).rejects.toThrow(/it answered something else: [\s\S]*executable/);
  });

  it('fails when there is no such interpreter', async () => {
    await expect(probing('', { executable: '/nowhere/python' })).rejects.toThrow(/could not be started: spawn/);
  });
});
