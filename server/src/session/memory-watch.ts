import { RemoteMediaError } from '@remotemedia/contract';
import { repeat } from '../observe/repeat.js';
import { byteSize } from './byte-size.js';
import { readMemoryBytes } from './usage.js';

/** How much is allowed, and who says so. */
export interface Allowance {
  readonly allowed: number;
  /** Full name of the setting, or of the request's field. */
  readonly setting: string;
}

/** What the watch needs of a session. */
export interface WatchedSession {
  readonly processes: readonly { readonly nodeId: string; readonly pid: number | null }[];
  readonly done: Promise<void>;
  cancel(reason: RemoteMediaError): void;
}

const INTERVAL_MS = 1000;

/**
 * Measures the memory of a session's processes once a second, and ends the session when it is more than it may have.
 * Native nodes run in the service and are not counted.
 *
 * @param readBytes memory of a process and all it forked.
 */
export function watchMemory(session: WatchedSession, allowance: Allowance, readBytes = readMemoryBytes): void {
  const stop = repeat(INTERVAL_MS, async () => {
    const nodes = await measure(session, readBytes);
    const total = nodes.reduce((sum, { bytes }) => sum + bytes, 0);
    if (total <= allowance.allowed) return;
    stop();
    session.cancel(tooMuch(total, nodes, allowance));
  });
  void session.done.then(stop);
}

interface Measured {
  readonly nodeId: string;
  readonly bytes: number;
}

async function measure({ processes }: WatchedSession, readBytes: (pid: number) => Promise<number>) {
  return await Promise.all(
    processes.map(
      async ({ nodeId, pid }): Promise<Measured> => ({ nodeId, bytes: pid === null ? 0 : await readBytes(pid) }),
    ),
  );
}

function tooMuch(asked: number, nodes: readonly Measured[], { allowed, setting }: Allowance): RemoteMediaError {
  const [first, ...rest] = nodes;
  const largest = rest.reduce((most, node) => (most === undefined || node.bytes > most.bytes ? node : most), first);
  const who = largest === undefined ? '' : `, ${byteSize(largest.bytes)} of it node '${largest.nodeId}'`;
  const text = `The processes of the session use ${byteSize(asked)}${who}; ${setting} allows ${byteSize(allowed)}`;
  const details = { asked, allowed, setting };
  return new RemoteMediaError('limit.memory', text, { nodeId: largest?.nodeId ?? null, details });
}
