import { expect, it } from 'vitest';
import { ChildGroup } from './child-group.js';
import { deferred } from './deferred.js';
import { busyUntilDead, PYTHON } from './fixtures/harness.js';

interface Running {
  group: ChildGroup;
  /** What it has said on the control pipe by now. */
  said: () => string;
  /** How often the control pipe was lost. */
  losses: () => number;
  spoke: Promise<void>;
  lost: Promise<void>;
}

function run(code: string): Running {
  const said: Buffer[] = [];
  const spoke = deferred<void>();
  const lost = deferred<void>();
  let losses = 0;
  const group = new ChildGroup({
    command: PYTHON,
    args: ['-S', '-c', code],
    cwd: '/',
    env: {},
    stdin: null,
    onStdout: () => undefined,
    onStderr: () => undefined,
    onControl: (chunk) => {
      said.push(chunk);
      spoke.resolve();
    },
    onControlClose: () => {
      losses += 1;
      lost.resolve();
    },
  });
  return {
    group,
    said: () => Buffer.concat(said).toString('utf8'),
    losses: () => losses,
    spoke: spoke.promise,
    lost: lost.promise,
  };
}

const TALKS_AND_DIES = "import os\nos.write(3, b'x' * 100_000 + b'last words')\nos._exit(5)\n";

it.each([1, 2, 5])(
  'reads all that a program said before it died, though %i lines were sent to it since',
  async (lines) => {
    const { group, said, losses } = run(TALKS_AND_DIES);
    busyUntilDead(group.pid);
    for (let line = 1; line <= lines; line += 1) group.send(`line ${line}\n`);
    expect(await group.exit).toMatchObject({ exitCode: 5, signal: null });
    expect(said()).toHaveLength(100_010);
    expect(said()).toMatch(/xlast words$/);
    expect(losses()).toBe(1);
  },
);

it('reads all that a program said before it died, though it never read a long line that it was being sent', async () => {
  const { group, said } = run(TALKS_AND_DIES);
  group.send(`${'y'.repeat(4 * 1024 * 1024)}\n`);
  busyUntilDead(group.pid);
  group.send('one more\n');
  expect(await group.exit).toMatchObject({ exitCode: 5 });
  expect(said()).toMatch(/xlast words$/);
});

it('tells that a program which runs on takes no more lines', async () => {
  const { group, said, spoke, lost } = run(
    "import os, signal, socket\npipe = socket.socket(fileno=3)\npipe.shutdown(socket.SHUT_RD)\npipe.send(b'deaf')\nsignal.pause()\n",
  );
  await spoke;
  group.send('anybody\n');
  await lost;
  group.kill('SIGKILL');
  expect(await group.exit).toMatchObject({ signal: 'SIGKILL' });
  expect(said()).toBe('deaf');
});
