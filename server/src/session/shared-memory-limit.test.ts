import { rmSync, writeFileSync } from 'node:fs';
import type { RemoteMediaError } from '@remotemedia/contract';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { ChannelDomain, ChannelInstance } from '../channel/binding.js';
import { deferred } from '../process/deferred.js';
import { SharedMemoryLimit } from './shared-memory-limit.js';

const PAGES = 100 * 1024;

/** Domains that consist of one file each, under a name of this test. */
class FileChannel implements ChannelInstance {
  readonly id = `test${process.pid}`;
  readonly dir = '/nowhere';
  readonly files = new Set<string>();
  #last = 0;

  async createDomain(): Promise<ChannelDomain> {
    this.#last += 1;
    const prefix = `rm_${this.id}_${this.#last}_`;
    this.grow(prefix, PAGES);
    return { prefix, close: async () => this.#remove(prefix) } as unknown as ChannelDomain;
  }

  grow(prefix: string, bytes: number): void {
    this.files.add(prefix);
    writeFileSync(`/dev/shm/${prefix}data`, Buffer.alloc(bytes, 1));
  }

  #remove(prefix: string): void {
    rmSync(`/dev/shm/${prefix}data`);
    this.files.delete(prefix);
  }

  async close(): Promise<void> {
    for (const prefix of this.files) this.#remove(prefix);
  }
}

const SPEC = { inboxes: 1, edges: [] };
let channel: FileChannel;
let limit: SharedMemoryLimit;
let told: ReturnType<typeof deferred<{ prefix: string; reason: RemoteMediaError }>>;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  channel = new FileChannel();
  told = deferred();
  limit = new SharedMemoryLimit(channel, 2.5 * PAGES, (prefix, reason) => told.resolve({ prefix, reason }));
});

afterEach(async () => {
  vi.useRealTimers();
  await limit.close();
});

it('refuses the domain that would make it too much, and leaves nothing of it', async () => {
  const both = await Promise.all([limit.createDomain(SPEC), limit.createDomain(SPEC)]);
  await expect(limit.createDomain(SPEC)).rejects.toMatchObject({
    code: 'limit.shared_memory',
    details: { asked: 3 * PAGES, allowed: 2.5 * PAGES, setting: 'limits.max_shared_memory' },
  });
  expect(channel.files.size).toBe(2);
  await both[0].close();
  await limit.createDomain(SPEC);
});

it('tells which domain is the largest when those that are there have grown too much', async () => {
  await limit.createDomain(SPEC);
  const { prefix } = await limit.createDomain(SPEC);
  channel.grow(prefix, 2 * PAGES);
  await vi.advanceTimersByTimeAsync(1000);
  expect(await told.promise).toMatchObject({ prefix, reason: { code: 'limit.shared_memory' } });
});

it('tells of the domain that came last when it grows while it starts, however large the others are', async () => {
  const { prefix: old } = await limit.createDomain(SPEC);
  channel.grow(old, 1.4 * PAGES);
  await vi.advanceTimersByTimeAsync(1000);
  const { prefix } = await limit.createDomain(SPEC);
  channel.grow(prefix, 1.3 * PAGES);
  await vi.advanceTimersByTimeAsync(1000);
  expect(await told.promise).toMatchObject({ prefix, reason: { code: 'limit.shared_memory' } });
});
