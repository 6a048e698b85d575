import { readdir, readFile } from 'node:fs/promises';
import { readMemoryBytes, readOwnBytes, readUsage } from '../session/usage.js';

/** What a process uses now, as far as this machine tells. */
export interface LiveUsage {
  /** CPU time since its start. */
  readonly cpuSecs: number | null;
  readonly memoryBytes: number | null;
}

/**
 * Usage of the service's own process, or of a node's, whose memory counts what it forked. Never rejects: a process may end
 * at any time.
 */
export async function readLiveUsage(pid: number): Promise<LiveUsage> {
  const readBytes = pid === process.pid ? readOwnBytes : readMemoryBytes;
  const [usage, bytes] = await Promise.all([readUsage(pid), readBytes(pid)]);
  return { cpuSecs: usage === null ? null : usage.cpuMs / 1000, memoryBytes: bytes === 0 ? null : bytes };
}

/** Descriptors that this process has open, and how many it may have; null where there is no /proc. */
export async function readDescriptors(): Promise<{ used: number; limit: number | null } | null> {
  try {
    const [open, limits] = await Promise.all([readdir('/proc/self/fd'), readFile('/proc/self/limits', 'latin1')]);
    const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
    // One of them was the folder itself.
    return { used: open.length - 1, limit: soft === undefined ? null : Number(soft) };
  } catch {
    return null;
  }
}
