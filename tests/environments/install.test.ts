import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PYTHON } from '../config/venv.js';
import { Bed, factsOf, failureIn } from './bed.js';

/** Packages come from an index, and this machine may be busy. */
const INSTALL_TIMEOUT_MS = 300_000;

let bed: Bed;

beforeAll(async () => {
  bed = await Bed.create();
});

afterAll(() => bed.close());

describe('nodes install', { timeout: INSTALL_TIMEOUT_MS }, () => {
  test('closes the gap of a node type, for a running service too, in an interpreter of its own', async () => {
    const running = await bed.service();
    try {
      const failure = await failureIn(running, 'TinyNode');
      expect(failure).toMatchObject({ code: 'engine.missing' });
      expect(failure.hint).toContain('remotemedia nodes install TinyNode');

      const { exitCode, stdout, stderr } = await bed.run('nodes', 'install', 'Tiny', '--json');
      expect({ exitCode, stderr }).toMatchObject({
        exitCode: 0,
        stderr: expect.stringMatching(/^ +\d+\.\d s {2}Python 3/m),
      });
      const path = join(bed.environments, 'TinyNode');
      const answer = JSON.parse(stdout) as Record<string, unknown>;
      expect(answer).toMatchObject({ status: 'installed', type: 'TinyNode', path, gaps: [] });
      expect(answer['packages']).toContain('inflection==0.5.1');

      const [tiny, plain] = await factsOf(running, ['TinyNode', 'PlainNode']);
      expect(tiny).toMatchObject({ prefix: path, executable: join(path, 'bin/python'), inflection: '0.5.1' });
      expect(plain).toMatchObject({ inflection: null });
      expect(plain?.prefix).not.toBe(path);
    } finally {
      await running.close();
    }
  });

  test('leaves nothing but the environment, whose scripts name their place', async () => {
    expect(await bed.names()).toEqual(['TinyNode']);
    const path = join(bed.environments, 'TinyNode');
    const scripts = await readdir(join(path, 'bin'), { withFileTypes: true });
    for (const { name } of scripts.filter((entry) => entry.isFile())) {
      expect(await readFile(join(path, 'bin', name), 'utf8')).not.toContain('.partial-');
    }
  });

  test('says that an environment is there, and whether it has to be made anew', async () => {
    const again = await bed.run('nodes', 'install', 'TinyNode');
    expect(again).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/already, made \d{4}-.*\n {2}--force/) });
    await bed.configure('[multiprocess.nodes.Tiny]\nrequirements = ["inflection==0.5.0"]\n');
    const dry = await bed.run('nodes', 'install', 'TinyNode', '--dry-run', '--json');
    expect(JSON.parse(dry.stdout)).toMatchObject({
      status: 'would_install',
      requirements: ['inflection==0.5.0'],
      outdated: 'It was made for other requirements',
    });
    await bed.configure('');
    expect(await bed.names()).toEqual(['TinyNode']);
  });

  test('makes a broken one anew, with weights that come in packages, and tells which are lacking still', async () => {
    await bed.fakeInstallation('WeightsNode', null);
    const { exitCode, stdout, stderr } = await bed.run(
      'nodes',
      'install',
      'WeightsNode',
      '--weights',
      'small',
      '--json',
    );
    expect(exitCode).toBe(0);
    const answer = JSON.parse(stdout) as { weights: string[]; gaps: { what: string }[] };
    expect(answer.weights).toEqual(['small']);
    expect(answer.gaps.map(({ what }) => what)).toEqual([expect.stringContaining('the weights large')]);
    expect(stderr).toContain('still lacks: the weights large');
    expect(stderr).toMatch(/made anew: The environment of WeightsNode .* is half installed/);
  });

  test('with a hash that is wrong fails, and leaves nothing but the log that it names', async () => {
    const { exitCode, stderr } = await bed.run('nodes', 'install', 'WrongHashNode');
    expect(exitCode).toBe(1);
    const log = join(bed.environments, 'WrongHashNode.install.log');
    expect(stderr).toContain('THESE PACKAGES DO NOT MATCH THE HASHES');
    expect(stderr).toContain(`Read the whole output in ${log}`);
    expect(await readFile(log, 'utf8')).toContain('--require-hashes');
    expect(await bed.names()).toEqual(['TinyNode', 'WeightsNode', 'WrongHashNode.install.log']);
  });

  test('makes an environment with a newer Python than that of the service', async (context) => {
    const newer = await newerPython();
    if (newer === null) return context.skip();
    const old = await bed.run('nodes', 'install', 'NewPythonNode', '--python', PYTHON);
    expect(old).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('is 3.11') });
    const { exitCode } = await bed.run('nodes', 'install', 'NewPythonNode', '--python', newer);
    expect(exitCode).toBe(0);
    const running = await bed.service();
    try {
      const [fresh, plain] = await factsOf(running, ['NewPythonNode', 'PlainNode']);
      expect(fresh?.python[1]).toBeGreaterThanOrEqual(12);
      expect(plain?.python).not.toEqual(fresh?.python);
    } finally {
      await running.close();
    }
  });

  test('that is interrupted leaves nothing', async () => {
    const before = await bed.names();
    const command = bed.start('nodes', 'install', 'TinyNode', '--force');
    await command.said(/packages: inflection/);
    command.kill('SIGINT');
    const { exitCode, stderr } = await command.end();
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 130, stderr: expect.stringContaining('Interrupted') });
    expect(await bed.names()).toEqual(before);
  });

  test('removes what one that was killed has left', async () => {
    const { pid, end } = deadCommand();
    await end;
    const left = join(bed.environments, `TinyNode.partial-${pid}-0123abcd`);
    await mkdir(join(left, 'lib'), { recursive: true });
    const doctor = await bed.run('doctor', '--port', '0', '--config', 'runtime.toml');
    expect(doctor.stdout).toContain(`Left of installations that were killed: ${left}`);
    expect((await bed.run('nodes', 'uninstall', 'TinyNode')).exitCode).toBe(0);
    expect((await bed.names()).filter((name) => name.startsWith('TinyNode'))).toEqual([]);
  });
});

describe('nodes install without an index', () => {
  test('has nothing to do for a type that needs nothing, and for one of the service itself', async () => {
    const plain = await bed.run('nodes', 'install', 'PlainNode', '--json');
    expect(JSON.parse(plain.stdout)).toEqual({ status: 'nothing_needed', type: 'PlainNode' });
    expect((await bed.run('nodes', 'install', 'PassThrough')).stdout).toContain('it runs in the service itself');
  });

  test.each([
    [['TinyNod'], /did you mean TinyNode/],
    [['TinyNode', '--weights', 'small'], /TinyNode has no weights 'small'/],
    [['WeightsNode', '--weights', 'smal'], /did you mean 'small'/],
    [['WeightsNode', '--weights', 'large'], /come in no package/],
    [['TinyNode', '--force', '--python', '/nowhere/python'], /--python cannot be used: \/nowhere\/python/],
  ])('%j is wrong usage', async (args, message) => {
    const { exitCode, stderr } = await bed.run('nodes', 'install', ...args);
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringMatching(message) });
  });

  test('a folder that cannot be made is told with the setting that names it', async () => {
    const closed = await Bed.create();
    await writeFile(closed.environments, 'no folder');
    const { exitCode, stderr } = await closed.run('nodes', 'install', 'TinyNode');
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringContaining('environments_path') });
    await closed.close();
  });

  test('nodes uninstall of what is not there says what was meant', async () => {
    await bed.fakeInstallation('PlainNode');
    const { exitCode, stderr } = await bed.run('nodes', 'uninstall', 'PlanNode');
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringContaining("did you mean 'PlainNode'?") });
    expect((await bed.run('nodes', 'uninstall', '../../etc')).exitCode).toBe(2);
  });
});

/** A process that has ended. */
function deadCommand(): { readonly pid: number | undefined; readonly end: Promise<unknown> } {
  const child = spawn('true');
  return { pid: child.pid, end: once(child, 'close') };
}

/** A real one of 3.12 or newer, where the machine has any; null: none. */
async function newerPython(): Promise<string | null> {
  const versions = join(homedir(), '.pyenv/versions');
  const names = await readdir(versions).catch(() => []);
  const found = names.filter((name) => /^3\.1[2-9]\./.test(name)).sort();
  return found[0] === undefined ? null : join(versions, found[0], 'bin/python');
}
