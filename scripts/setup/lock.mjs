// One set-up at a time in one clone: `npm run demo` beside `npm test` must not build into the same folders.
import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../command.mjs';

const NAME = `remotemedia-setup-${createHash('sha256').update(ROOT).digest('hex').slice(0, 16)}`;
// An abstract socket (Linux) is gone with its process, however that ended, so no stale lock can be left.
const ADDRESS = process.platform === 'linux' ? `\0${NAME}` : join(tmpdir(), NAME);

/**
 * Waits until no other set-up of this clone runs, then holds the lock.
 * @param {() => void} onWait called once when another one holds it
 * @returns {Promise<() => Promise<void>>} releases the lock
 */
export async function holdLock(onWait) {
  let told = false;
  for (;;) {
    const release = await tryHold();
    if (release !== null) return release;
    if (!told) onWait();
    told = true;
    await otherEnds();
  }
}

/** @returns {Promise<(() => Promise<void>) | null>} */
function tryHold() {
  return new Promise((resolve, reject) => {
    /** @type {Set<import('node:net').Socket>} */
    const waiting = new Set();
    const server = createServer((socket) => {
      waiting.add(socket.on('error', () => {}).on('close', () => waiting.delete(socket)));
    });
    server.once('error', (/** @type {NodeJS.ErrnoException} */ error) => {
      if (error.code === 'EADDRINUSE') resolve(null);
      else reject(error);
    });
    server.listen(ADDRESS, () => {
      server.unref();
      resolve(
        () =>
          new Promise((closed) => {
            server.close(() => closed());
            for (const socket of waiting) socket.destroy();
          }),
      );
    });
  });
}

/** A connection to the holder lives as long as it holds the lock. @returns {Promise<void>} */
function otherEnds() {
  return new Promise((resolve) => {
    const socket = connect(ADDRESS);
    socket.once('error', (/** @type {NodeJS.ErrnoException} */ error) => {
      // A socket file that nobody listens on was left by a process that died.
      if (error.code === 'ECONNREFUSED' && !ADDRESS.startsWith('\0')) rmSync(ADDRESS, { force: true });
    });
    socket.once('close', () => resolve());
    socket.resume();
  });
}
