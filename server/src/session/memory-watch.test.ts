import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { RemoteMediaError } from '@remotemedia/contract';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { deferred } from '../process/deferred.js';
import { watchMemory } from './memory-watch.js';
import { readMemoryBytes } from './usage.js';

const MIB = 1024 * 1024;

describe('watchMemory', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  function watched(sizes: Record<number, number>) {
    const gone = deferred<void>();
    const reasons: RemoteMediaError[] = [];
    let reads = 0;
    const session = {
      processes: [
        { nodeId: 'small', pid: 1 },
        { nodeId: 'large', pid: 2 },
        { nodeId: 'not started', pid: null },
      ],
      done: gone.promise,
      cancel: (reason: RemoteMediaError) => void reasons.push(reason),
    };
    watchMemory(session, { allowed: 100 * MIB, setting: 'limits.max_memory_bytes' }, async (pid) => {
      reads += 1;
      return (sizes[pid] ?? 0) * MIB;
    });
    return { gone, reasons, reads: () => reads };
  }

  it('ends a session whose processes take too much together, and names the largest', async () => {
    const sizes = { 1: 40, 2: 60 };
    const { reasons } = watched(sizes);
    await vi.advanceTimersByTimeAsync(1000);
    expect(reasons).toEqual([]);
    sizes[2] = 61;
    await vi.advanceTimersByTimeAsync(1000);
    const details = { asked: 101 * MIB, allowed: 100 * MIB, setting: 'limits.max_memory_bytes' };
    expect(reasons).toEqual([expect.objectContaining({ code: 'limit.memory', nodeId: 'large', details })]);
    expect(reasons[0]?.message).toBe(
      "The processes of the session use 101 MiB, 61 MiB of it node 'large'; limits.max_memory_bytes allows 100 MiB",
    );
  });

  it('looks no more when the session is gone', async () => {
    const { gone, reads } = watched({});
    await vi.advanceTimersByTimeAsync(1000);
    expect(reads()).toBe(2);
    gone.resolve();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(reads()).toBe(2);
  });
});

describe('readMemoryBytes', () => {
  it('counts what a process has forked, from whichever thread', async () => {
    const hold = 'import sys; x = bytearray(b"x" * (64 << 20)); print("held", flush=True); sys.stdin.read()';
    const fork =
      'import subprocess, sys, threading\n' +
      'start = lambda: subprocess.Popen([sys.executable, "-c", sys.argv[1]]).wait()\n' +
      'threading.Thread(target=start).start()';
    const child = spawn('python3', ['-c', fork, hold], { stdio: ['pipe', 'pipe', 'inherit'] });
    const pid = child.pid ?? 0;
    await once(child.stdout, 'data');
    const bytes = await readMemoryBytes(pid);
    child.stdin.end();
    await once(child, 'exit');
    expect(bytes).toBeGreaterThan(64 * MIB);
    expect(bytes).toBeLessThan(128 * MIB);
    expect(await readMemoryBytes(pid)).toBe(0);
  });
});
