import { readdir, stat } from 'node:fs/promises';
import { RemoteMediaError } from '@remotemedia/contract';
import type { ChannelDomain, ChannelInstance } from '../channel/binding.js';
import { repeat } from '../observe/repeat.js';
import { byteSize } from './byte-size.js';

/** Where Linux shows POSIX shared memory. */
const SHARED_MEMORY_DIR = '/dev/shm';
const SETTING = 'limits.max_shared_memory';
const INTERVAL_MS = 1000;
/** What `stat` calls a block, whatever the file system uses. */
const BLOCK_BYTES = 512;

/** Told that a domain makes it too much. */
export type OnTooMuch = (prefix: string, reason: RemoteMediaError) => void;

/**
 * Holds all sessions of a service to one amount of shared memory. What counts is what is committed: pages that exist. A
 * domain that would make it too much is refused. Connections that grow are looked at once a second, and when they have
 * become too much, the largest domain has to go; one that has come since they were not goes first.
 */
export class SharedMemoryLimit implements ChannelInstance {
  readonly #channel: ChannelInstance;
  readonly #maxBytes: number;
  readonly #stop: () => void;
  #told: string | null = null;
  /** Sessions of the last check at which they were not too much. */
  #fitting: ReadonlySet<string> = new Set();
  #last: Promise<unknown> = Promise.resolve();

  constructor(channel: ChannelInstance, maxBytes: number, onTooMuch: OnTooMuch) {
    this.#channel = channel;
    this.#maxBytes = maxBytes;
    this.#stop = repeat(INTERVAL_MS, () => this.#inTurn(() => this.#check(onTooMuch)));
  }

  get id(): string {
    return this.#channel.id;
  }

  get dir(): string {
    return this.#channel.dir;
  }

  createDomain(spec: Parameters<ChannelInstance['createDomain']>[0]): Promise<ChannelDomain> {
    return this.#inTurn(() => this.#create(spec));
  }

  async close(): Promise<void> {
    this.#stop();
    await this.#channel.close();
  }

  /**
   * One after the other: what is measured is then what this domain has added, and a domain that is about to be refused is
   * never held against the others.
   */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }

  async #create(spec: Parameters<ChannelInstance['createDomain']>[0]): Promise<ChannelDomain> {
    const domain = await this.#channel.createDomain(spec);
    const { total } = await this.#measure();
    if (total <= this.#maxBytes) return domain;
    await domain.close();
    throw tooMuch('With this session the connections of all sessions would take', total, this.#maxBytes);
  }

  async #check(onTooMuch: OnTooMuch): Promise<void> {
    const { total, byPrefix } = await this.#measure();
    if (total <= this.#maxBytes) {
      this.#fitting = new Set(byPrefix.keys());
      return;
    }
    // A session grows while it starts: what was not there when all fitted is what made it too much.
    const came = [...byPrefix].filter(([prefix]) => !this.#fitting.has(prefix));
    const [chosen] = (came.length > 0 ? came : [...byPrefix]).sort(([, a], [, b]) => b - a);
    if (chosen === undefined) return;
    const [prefix, bytes] = chosen;
    // It was told before, and is on its way out.
    if (prefix === this.#told) return;
    this.#told = prefix;
    const which = came.length > 0 ? 'came last and takes' : 'takes most,';
    const what = `The session ${which} ${byteSize(bytes)} of the shared memory of all sessions, which is`;
    onTooMuch(prefix, tooMuch(what, total, this.#maxBytes));
  }

  async #measure(): Promise<{ total: number; byPrefix: ReadonlyMap<string, number> }> {
    const own = `rm_${this.#channel.id}_`;
    const names = (await readdir(SHARED_MEMORY_DIR)).filter((name) => name.startsWith(own));
    const byPrefix = new Map<string, number>();
    let total = 0;
    for (const { name, bytes } of await Promise.all(names.map(sizeOf))) {
      const prefix = name.slice(0, name.indexOf('_', own.length) + 1);
      byPrefix.set(prefix, (byPrefix.get(prefix) ?? 0) + bytes);
      total += bytes;
    }
    return { total, byPrefix };
  }
}

/** A domain may be removed meanwhile. */
async function sizeOf(name: string): Promise<{ name: string; bytes: number }> {
  const found = await stat(`${SHARED_MEMORY_DIR}/${name}`).catch(() => null);
  return { name, bytes: (found?.blocks ?? 0) * BLOCK_BYTES };
}

function tooMuch(what: string, asked: number, allowed: number): RemoteMediaError {
  const details = { asked, allowed, setting: SETTING };
  const hint = `Wait for other sessions to end, lower shm_segment_size or channel_capacity, or raise ${SETTING} in runtime.toml.`;
  const text = `${what} ${byteSize(asked)}; ${SETTING} allows ${byteSize(allowed)}`;
  return new RemoteMediaError('limit.shared_memory', text, { hint, details });
}
