import { expect, test } from 'vitest';
import { LargeBuffers } from './large-buffers.js';

test('a copy has the bytes and is nobody else’s', () => {
  const body = new Uint8Array(100_000).fill(7);
  const { bytes } = new LargeBuffers().copyOf(body);
  body.fill(1);
  expect(bytes).toHaveLength(100_000);
  expect(bytes.every((byte) => byte === 7)).toBe(true);
});

test('what is given back is used again, and who kept it sees nothing', () => {
  const buffers = new LargeBuffers();
  const first = buffers.copyOf(new Uint8Array(100_000).fill(7));
  first.giveBack();
  expect(first.bytes).toHaveLength(0);
  const second = buffers.copyOf(new Uint8Array(99_000).fill(8));
  expect(second.bytes.buffer.byteLength).toBeGreaterThanOrEqual(100_000);
  expect(second.bytes.every((byte) => byte === 8)).toBe(true);
});
