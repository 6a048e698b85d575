/**
 * A program that leads a process group of its own, with a two-way control pipe on its descriptor 3.
 *
 * What this file is careful about:
 * - The group is what gets killed. When the leader has died, whatever it forked into its group is killed in the same turn of
 *   the event loop: the kernel does not give a group's number to anyone else while it has members.
 * - Nothing waits for a pipe to close: a grandchild that left the group may hold it open for ever. All that the leader wrote
 *   before it died lies in our sockets by then, so turning the event loop until nothing more comes reads it to the end.
 * - A line to a program that is gone costs nothing that it had said before: see write-errors.ts.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { surviveWriteErrors } from './write-errors.js';

export interface ChildGroupOptions {
  command: string;
  args: readonly string[];
  cwd: string;
  /** The whole environment: nothing is added to it. */
  env: NodeJS.ProcessEnv;
  /** Written to standard input, which is then closed; null gives the program an empty one. */
  stdin: string | null;
  onStdout: (chunk: Buffer) => void;
  onStderr: (chunk: Buffer) => void;
  onControl: (chunk: Buffer) => void;
  /** The control pipe is closed, by either side, or takes no more lines: usually because the program is exiting. Told once. */
  onControlClose?: () => void;
}

/** How a program ended. Exactly one of the first three is not null, but for a lost one: then all are. */
export interface ChildExit {
  /** It never ran. */
  spawnError: Error | null;
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  /** It left others in its group, which had to be killed. */
  leftOthers: boolean;
}

/** Enough turns to empty a socket that many programs write to at once; a bound, because one may never stop. */
const MAX_SETTLING_TURNS = 100;

export class ChildGroup {
  /** Null when the program could not be started. */
  readonly pid: number | null;
  /** Resolves when the leader is reaped, its group killed and all it wrote has been handed on. Never rejects. */
  readonly exit: Promise<ChildExit>;
  readonly #child: ChildProcess | null;
  readonly #control: Socket | null;
  #readBytes = 0;

  constructor(options: ChildGroupOptions) {
    const started = startChild(options);
    this.#child = started.child;
    this.pid = started.child?.pid ?? null;
    const control = started.child?.stdio?.[3];
    this.#control = control instanceof Socket ? control : null;
    this.#attach(options);
    this.exit = this.#watch(started);
  }

  /** Writes to the control pipe. Harmless when the program is gone: its exit is what tells, and what it had said is still read. */
  send(text: string): void {
    if (this.#control?.writable === true) this.#control.write(text);
  }

  /** Signals the whole group; harmless when it is gone. */
  kill(signal: NodeJS.Signals): void {
    if (this.pid === null || this.#reaped) return;
    // A leader that moved to another group by itself is reached by its own number while it is not reaped.
    if (!killGroup(this.pid, signal)) this.#child?.kill(signal);
  }

  /** Signals the leader alone; harmless when it is gone. */
  tell(signal: number): void {
    if (this.pid === null || this.#reaped) return;
    // Not the child's own kill(): that one takes no real-time signals.
    process.kill(this.pid, signal);
  }

  /** Resolves when everything the program had written to stderr and the control pipe by now has been handed on. */
  async settled(): Promise<void> {
    for (let turns = 0; turns < MAX_SETTLING_TURNS; turns += 1) {
      const before = this.#readBytes;
      await turnOfTheLoop();
      if (this.#readBytes === before) return;
    }
  }

  /** From here on the group's number may be given to strangers. */
  get #reaped(): boolean {
    return this.#child === null || this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Closes our ends of all pipes, whoever else still holds theirs. */
  close(): void {
    for (const stream of this.#child?.stdio ?? []) stream?.destroy();
  }

  #attach(options: ChildGroupOptions): void {
    const child = this.#child;
    if (child === null) return;
    this.#read(child.stdout, options.onStdout);
    this.#read(child.stderr, (chunk) => {
      this.#readBytes += chunk.length;
      options.onStderr(chunk);
    });
    this.#read(this.#control, (chunk) => {
      this.#readBytes += chunk.length;
      options.onControl(chunk);
    });
    let isControlLost = false;
    const onControlLost = (): void => {
      if (!isControlLost) options.onControlClose?.();
      isControlLost = true;
    };
    // Not 'end': closing a socket with lines unread in it gives ECONNRESET instead.
    this.#control?.on('close', onControlLost);
    if (this.#control !== null) surviveWriteErrors(this.#control, onControlLost);
    // A program that never reads its input, or dies first, gives EPIPE.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(options.stdin ?? '');
  }

  #read(stream: Readable | null, onChunk: (chunk: Buffer) => void): void {
    stream?.on('data', onChunk);
    // ECONNRESET and EPIPE come with a program that died; its exit tells more.
    stream?.on('error', () => undefined);
  }

  #watch(started: StartedChild): Promise<ChildExit> {
    const { child, error } = started;
    if (child === null) return Promise.resolve(notSpawned(error));
    return new Promise((resolve) => {
      child.on('error', (spawnError) => {
        // With a pid the program runs and this is a failed kill: the exit is still to come.
        if (child.pid === undefined) resolve(notSpawned(spawnError));
      });
      child.on('exit', (exitCode, signal) => {
        const leftOthers = child.pid !== undefined && killGroup(child.pid, 'SIGKILL');
        void this.settled().then(() => {
          this.close();
          resolve({ spawnError: null, exitCode, signal, leftOthers });
        });
      });
    });
  }
}

interface StartedChild {
  child: ChildProcess | null;
  error: Error;
}

function startChild(options: ChildGroupOptions): StartedChild {
  const error = new Error('the operating system started no process');
  try {
    const child = spawn(options.command, options.args, {
      cwd: options.cwd,
      env: options.env,
      detached: true,
      windowsHide: true,
      stdio: [options.stdin === null ? 'ignore' : 'pipe', 'pipe', 'pipe', 'pipe'],
    });
    return { child, error };
  } catch (thrown) {
    return { child: null, error: thrown instanceof Error ? thrown : error };
  }
}

function notSpawned(spawnError: Error): ChildExit {
  return { spawnError, exitCode: null, signal: null, leftOthers: false };
}

/** @returns false when nobody is left in the group */
function killGroup(pid: number, signal: NodeJS.Signals): boolean {
  try {
    // Windows has no groups of this kind: there the leader alone is reached.
    return process.kill(process.platform === 'win32' ? pid : -pid, signal);
  } catch {
    // ESRCH: gone. EPERM (macOS): only zombies are left, or a member changed its user, which we may not kill.
    return false;
  }
}

/** The first callback may run in the turn that is under way, so one whole turn lies only before the second. */
function turnOfTheLoop(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(() => setImmediate(resolve));
  });
}
