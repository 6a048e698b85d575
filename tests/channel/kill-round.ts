import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { PYTHON } from './peer.js';

/** Who is killed, the first one first. */
export type Victims = readonly ('service' | 'peer')[];

export interface KillPlan {
  readonly victims: Victims;
  /** Counted from the spawn, from when the service has its place on the machine, or from when messages go round. */
  readonly from: 'spawn' | 'instance' | 'exchanging';
  readonly delayMs: number;
  /** Between two victims. */
  readonly gapMs: number;
}

export interface KillReport {
  /** How far the service had come when the first one was killed. */
  readonly reached: string;
  readonly instanceId: string | null;
  readonly peerPid: number | null;
  /** How the service ended. */
  readonly service: { readonly code: unknown; readonly signal: unknown };
  readonly stderr: string;
}

/** Everything that a service said, and waiting for what it will say. */
class Story {
  readonly facts = new Map<string, string>();
  last = 'spawned';
  #waiting: (() => void)[] = [];
  #isOver = false;

  constructor(stdout: Readable) {
    const lines = createInterface({ input: stdout });
    lines.on('line', (line) => {
      const [what = '', value = ''] = line.split(' ');
      this.facts.set(what, value);
      this.last = what;
      this.#changed();
    });
    lines.on('close', () => {
      this.#isOver = true;
      this.#changed();
    });
  }

  /** True: it has happened. False: it never will. */
  async until(what: string): Promise<boolean> {
    while (!this.facts.has(what) && !this.#isOver) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
    return this.facts.has(what);
  }

  #changed(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

/** Starts a service with its peer, kills as planned, and comes back when neither runs any more. */
export async function killRound(base: string, plan: KillPlan): Promise<KillReport> {
  const program = fileURLToPath(new URL('peers/service.mjs', import.meta.url));
  const child = spawn(process.execPath, [program, base, PYTHON], {
    stdio: ['ignore', 'pipe', 'pipe', 'ignore', 'pipe'],
  });
  const exited = once(child, 'close');
  const peerGone = endOf(child.stdio[4] as Readable);
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const story = new Story(child.stdout as Readable);

  if (plan.from !== 'spawn') await story.until(plan.from);
  // Not a wait for anything: the moment of the kill is what the test is about.
  await pause(plan.delayMs);
  const reached = story.last;
  for (const [index, victim] of plan.victims.entries()) {
    if (index > 0) await pause(plan.gapMs);
    await kill(victim, child, story);
  }
  // The peer's only way to end, besides being killed, is its control pipe.
  await peerGone;
  const [code, signal] = await exited;
  const peerPid = story.facts.get('peer');
  return {
    reached,
    instanceId: story.facts.get('instance') ?? null,
    peerPid: peerPid === undefined ? null : Number(peerPid),
    service: { code, signal },
    stderr,
  };
}

async function kill(victim: Victims[number], service: ChildProcess, story: Story): Promise<void> {
  if (victim === 'service') {
    service.kill('SIGKILL');
  } else if (await story.until('peer')) {
    try {
      process.kill(Number(story.facts.get('peer')), 'SIGKILL');
    } catch {
      // Gone already: the service was killed before.
    }
  }
}

/** Resolves when nobody holds the other end any more, which is when its last process has died. */
async function endOf(pipe: Readable): Promise<void> {
  pipe.resume();
  await once(pipe, 'close');
}

/** Whether it still runs. What is being reaped has lost its memory, and with it its command line. */
export function isRunning(pid: number): boolean {
  const path = `/proc/${pid}/cmdline`;
  try {
    return existsSync(path) && readFileSync(path, 'utf8').includes('echo_forever');
  } catch {
    return false;
  }
}

/** Everything of the instances below `base`: their folders, and shared memory under any of their names. */
export function tracesOf(base: string, ids: Iterable<string>): string[] {
  const known = [...ids];
  const folders = existsSync(base) ? readdirSync(base).filter((name) => name !== '.sweep') : [];
  const segments = readdirSync('/dev/shm').filter((name) => known.some((id) => name.startsWith(`rm_${id}`)));
  return [...folders, ...segments];
}
